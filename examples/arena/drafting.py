"""Makes drafts: new ones, whose prompts nobody has, and ones made from other drafts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from examples.arena.draft import COPY, EDITED, EMBEDDED, SAME_PROMPT, Draft, Turns
from examples.arena.edits import edited
from examples.arena.texts.dialogues import dialogue
from examples.arena.texts.facts import facts
from examples.arena.texts.passages import passage
from examples.arena.texts.requests import request
from examples.arena.texts.snippets import snippet
from examples.arena.texts.stories import Story, story, thought, worked

_SYSTEM = "You are a patient programming tutor."
_TRIES = 1000


class Drafts:
    """One arena in the making: its random generator and the texts it has used.

    No two drafts share a prompt or a content unless one is made from the other.
    """

    def __init__(self, seed: int) -> None:
        self.rng = Random(f"arena {seed}")
        self._facts = iter(facts(self.rng))
        self._prompts: set[Turns] = set()
        self._contents: set[Turns] = set()

    def some(self, drafts: Iterable[Draft], number: int) -> list[Draft]:
        """So many of the drafts, each at most once."""
        return self.rng.sample(list(drafts), number)

    # New drafts

    def stories(self, number: int) -> list[Draft]:
        """Word problems with worked solutions."""

        def make() -> Draft:
            told = story(self.rng)
            return Draft(_turns(told.prompt, worked(self.rng, told)), "arithmetic", story=told)

        return [self._new(make) for _ in range(number)]

    def snippets(self, number: int) -> list[Draft]:
        """Programming tasks."""
        return [self._new(lambda: Draft(_turns(*snippet(self.rng)), "python")) for _ in range(number)]

    def musings(self, number: int) -> list[Draft]:
        """Programming tasks whose answers begin with reasoning in `<think>` tags."""

        def make() -> Draft:
            prompt, answer = snippet(self.rng)
            name = answer.split("(")[0].removeprefix("```python\ndef ")
            plan = f"<think>\nI filter first, then change what is left; {name} needs no loop.\n</think>\n"
            return Draft(_turns(prompt, plan + answer), "python")

        return [self._new(make) for _ in range(number)]

    def facts(self, number: int) -> list[Draft]:
        """Questions of general knowledge."""
        return [self._new(lambda: Draft(_turns(*next(self._facts)), "facts")) for _ in range(number)]

    def pairs(self, number: int) -> list[Draft]:
        """Everyday requests with a preferred and another answer."""

        def make() -> Draft:
            prompt, good, poor = request(self.rng)
            return Draft(_turns(prompt, good), "requests", rejected=poor)

        return [self._new(make) for _ in range(number)]

    def dialogues(self, number: int) -> list[Draft]:
        """Conversations."""
        return [self._new(lambda: Draft(tuple(dialogue(self.rng)), "conversation")) for _ in range(number)]

    def passages(self, number: int) -> list[Draft]:
        """Plain prose."""
        return [self._new(lambda: Draft((("user", passage(self.rng)),), "prose")) for _ in range(number)]

    def items(self, stories: int, questions: int) -> list[Draft]:
        """Benchmark items: word problems with the bare number as answer, and questions of general knowledge."""

        def make() -> Draft:
            told = story(self.rng)
            return Draft(_turns(told.prompt, str(told.answer)), "arithmetic", story=told)

        return [self._new(make) for _ in range(stories)] + self.facts(questions)

    # Drafts made from drafts

    def copies(self, origins: Iterable[Draft]) -> list[Draft]:
        """The same content again."""
        return [replace(origin, origin=origin, how=COPY) for origin in origins]

    def decomposed(self, origins: Iterable[Draft]) -> list[Draft]:
        """The same content, accented letters written as two characters: other bytes."""
        return [replace(each, turns=_changed(each.turns, _decompose), origin=each, how=COPY) for each in origins]

    def edited(self, origins: Iterable[Draft]) -> list[Draft]:
        """Near-duplicates: in every turn a word or two replaced."""

        def make(origin: Draft) -> Draft:
            turns = _changed(origin.turns, lambda text: edited(self.rng, text, words=1 + (len(text) > 300)))
            return replace(origin, turns=turns, origin=origin, how=EDITED, story=None)

        return [self._new(lambda origin=origin: make(origin)) for origin in origins]  # type: ignore[misc]

    def reasoned(self, origins: Iterable[Draft]) -> list[Draft]:
        """Word problems solved anew with reasoning in `<think>` tags."""
        return [self._answered(origin, thought) for origin in origins]

    def reworked(self, origins: Iterable[Draft]) -> list[Draft]:
        """Word problems solved anew in other words."""
        return [self._answered(origin, worked) for origin in origins]

    def tutored(self, origins: Iterable[Draft]) -> list[Draft]:
        """The same turns under a system prompt."""
        return [replace(origin, system=_SYSTEM, origin=origin, how=SAME_PROMPT) for origin in origins]

    def rephrased(self, items: Iterable[Draft]) -> list[Draft]:
        """Benchmark items with words of the question replaced and their own answer."""

        def make(item: Draft) -> Draft:
            question, answer = item.turns[0][1], item.response or ""
            return replace(item, turns=_turns(edited(self.rng, question), answer), origin=item, how=EDITED)

        return [self._new(lambda item=item: make(item)) for item in items]  # type: ignore[misc]

    def in_prose(self, items: Iterable[Draft]) -> list[Draft]:
        """Passages in which a benchmark question stands word for word."""

        def make(item: Draft) -> Draft:
            first, rest = passage(self.rng).split(". ", maxsplit=1)
            text = f"{first}. On the wall somebody wrote: {item.turns[0][1]} {rest}"
            return Draft((("user", text),), "prose", origin=item, how=EMBEDDED)

        return [self._new(lambda item=item: make(item)) for item in items]  # type: ignore[misc]

    def in_talk(self, items: Iterable[Draft]) -> list[Draft]:
        """Conversations that begin with a benchmark question and its answer and go on to something else."""

        def make(item: Draft) -> Draft:
            return replace(item, turns=(*item.turns, *dialogue(self.rng)), origin=item, how=EMBEDDED)

        return [self._new(lambda item=item: make(item)) for item in items]  # type: ignore[misc]

    def _answered(self, origin: Draft, solve: Callable[[Random, Story], str]) -> Draft:
        told, prompt = origin.story, origin.turns[0][1]
        assert told is not None, "only word problems can be solved anew"
        if self.rng.random() < 0.1:  # still the same prompt to whoever ignores case and white space
            prompt = prompt.upper() if self.rng.random() < 0.5 else prompt.replace(". ", ".  ") + "\n"

        def make() -> Draft:
            return replace(origin, turns=_turns(prompt, solve(self.rng, told)), origin=origin, how=SAME_PROMPT)

        return self._until(make, lambda draft: draft.conversation not in self._contents)

    def _new(self, make: Callable[[], Draft]) -> Draft:
        return self._until(make, lambda draft: draft.prompt not in self._prompts)

    def _until(self, make: Callable[[], Draft], good: Callable[[Draft], bool]) -> Draft:
        for _ in range(_TRIES):
            draft = make()
            if good(draft):
                self._prompts.add(draft.prompt)
                self._contents.add(draft.conversation)
                return draft
        raise RuntimeError("the writers of the arena ran out of new texts")


def accented(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts with a letter outside ASCII."""
    return [draft for draft in drafts if any(not text.isascii() for _, text in draft.turns)]


def _turns(prompt: str, answer: str) -> Turns:
    return (("user", prompt), ("assistant", answer))


def _changed(turns: Turns, change: Callable[[str], str]) -> Turns:
    return tuple((role, change(text)) for role, text in turns)


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFD", text)
