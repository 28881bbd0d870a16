"""Light edits that keep the meaning of a text: words replaced by others, else a phrase added; numbers stay."""

from __future__ import annotations

import re
from random import Random

_PAIRS = """
small/little start/beginning begin/start more/extra another/a_further find/discover finds/discovers answer/reply
question/query write/compose list/series keep/retain gives/yields returns/yields short/brief warm/kind
order/sequence words/terms sentence/phrase story/tale simply/plainly often/frequently letter/character
people/persons gladly/certainly first/initial present/gift large/big holds/contains counts/tallies doors/gates
number/figure final/closing exactly/precisely stored/kept sold/handed_out damaged/broken friend/companion
arrive/turn_up country/nation symbol/sign young/offspring team/group helper/routine ones/entries works/functions
steady/constant road/route discovers/notices visitors/guests workshop/atelier walked/strolled water/river
once/formerly today/nowadays children/pupils school/academy needed/required becomes/is_now next,/then,
now/at_this_point polite/courteous message/note sounds/seems explain/describe enough/sufficient opening/starting
suggest/propose steps/stages problem/exercise code/program arrives/turns_up select/choose select/pick
define/create implement/build picks/takes called/named finally/lastly remain/are_left left/remaining
entire/whole supply/stock
"""
"""Word and what may stand for it; `_` is a space."""

_SYNONYMS = dict(pair.split("/") for pair in _PAIRS.split())
_WORDS = re.compile(r"```.*?```|`[^`]*`|'[^' ]*'|[A-Za-z]+,?", re.DOTALL)
_TAILS = ("Many thanks.", "That is all.", "No rush.", "Take care.", "And so on.")


def edited(rng: Random, text: str, *, words: int = 2) -> str:
    """The text with up to `words` words replaced, none of them inside code or quotes; else a phrase added.

    Always differs from the text by more than case and white space.
    """
    places = [found for found in _WORDS.finditer(text) if found[0].lower() in _SYNONYMS]
    if not places:
        return f"{text} {rng.choice(_TAILS)}"
    for found in sorted(rng.sample(places, min(words, len(places))), key=lambda each: -each.start()):
        word = _SYNONYMS[found[0].lower()].replace("_", " ")
        if found[0][0].isupper():
            word = word[0].upper() + word[1:]
        text = text[: found.start()] + word + text[found.end() :]
    return text
