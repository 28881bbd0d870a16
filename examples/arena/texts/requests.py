"""Everyday requests with a good answer and a poor one: letters, lists, plans, rewriting, sorting, explaining."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from examples.arena.texts.words import DAYS, NAMES, TOWNS, listed

Pair = tuple[str, str, str]
"""Prompt, the preferred answer, the other one."""

_GIFTS = (
    "a hand-knitted scarf", "three jars of plum jam", "an old atlas", "a set of watercolours", "a weekend in the hills",
    "concert tickets", "a pot of basil", "help with the move", "a repaired bicycle", "a box of records",
)  # fmt: skip
_USES = (
    "I wore it on the very first cold morning", "it already has a place by my window", "the whole family enjoyed it",
    "I have thought of little else since", "it came at exactly the right moment", "it made a dull week bright",
)  # fmt: skip
_FRUITS = (
    "apricots", "brushes", "candles", "dates", "erasers", "figs", "gloves", "hazelnuts", "ink", "jars", "knives",
    "lentils", "mugs", "nails", "oats", "pins", "quinces", "rice", "sponges", "tea", "vinegar", "walnuts", "yeast",
)  # fmt: skip
_DEMANDS = (
    ("Send me the report on {thing} now.", "Could you please send me the report on {thing} when you have a moment?"),
    ("You forgot the {thing} again.", "I think the {thing} may have slipped your mind; could you have a look?"),
    ("Stop talking about {thing}.", "Would you mind if we left {thing} for another time?"),
    ("Your {thing} is in my way.", "Could I ask you to move your {thing} a little?"),
    ("I want my {thing} back today.", "It would help me a lot to have my {thing} back today, if that is possible."),
)
_THINGS = (
    "budget", "ladder", "garden hose", "train tickets", "survey", "keys", "printer", "holiday plans", "invoices",
    "umbrella", "meeting notes", "spare chairs", "suitcase", "newsletter", "parking place", "recipe book",
)  # fmt: skip
_ACTIVITIES = (
    ("hiking", ("sturdy boots", "a rain jacket", "a map", "plasters")),
    ("sailing", ("non-slip shoes", "sunscreen", "a windbreaker", "dry bags")),
    ("skiing", ("warm gloves", "goggles", "thermal layers", "lip balm")),
    ("sketching", ("pencils in three grades", "a folding stool", "a sharpener", "thick paper")),
    ("bird watching", ("binoculars", "a field guide", "a thermos", "quiet clothes")),
    ("cycling", ("a pump", "spare tubes", "a helmet", "snacks")),
)
_WHYS = (
    ("the sky looks blue", "air scatters blue light more than red light, so blue reaches us from every side"),
    ("ice floats on water", "water takes up more room when it freezes, so the same volume weighs less"),
    ("leaves turn yellow in autumn", "trees take back the green pigment and the yellow one below becomes visible"),
    ("we see lightning before we hear thunder", "light travels far faster than sound"),
    ("bread dough rises", "yeast eats sugar and gives off gas, which is trapped as bubbles"),
    ("the moon changes its shape", "we see only the part that the sun lights from where it stands"),
    ("metal feels colder than wood", "metal carries the warmth of the hand away more quickly"),
    ("salt keeps roads free of ice", "salty water freezes at a lower temperature"),
    ("a balloon sticks to hair", "rubbing moves tiny charges, and opposite charges attract each other"),
    ("echoes are heard in valleys", "sound bounces off the far slope and comes back a little later"),
)
_READERS = ("a child of six", "a new neighbour", "my grandmother", "a class of beginners", "someone in a hurry")
_TOPICS = (
    "learning to swim late in life", "a market at dawn", "keeping bees on a roof", "the last tram of the night",
    "a garden without a fence", "letters that never arrived", "the smell of rain", "a clock that runs backwards",
    "cooking for strangers", "a walk along the canal",
)  # fmt: skip


def request(rng: Random) -> Pair:
    """A prompt with the answer that is preferred and the one that is not."""
    return rng.choice(_KINDS)(rng)


def _thanks(rng: Random) -> Pair:
    giver, writer = rng.sample(NAMES, 2)
    gift, use, day = rng.choice(_GIFTS), rng.choice(_USES), rng.choice(DAYS)
    prompt = rng.choice((
        f"Write a short thank-you note from {writer} to {giver} for {gift}, received last {day}.",
        f"{giver} surprised {writer} with {gift} on {day}. Draft a few warm lines of thanks.",
    ))  # fmt: skip
    good = f"Dear {giver},\n\nthank you so much for {gift}! Since {day} {use}. I hope to return the kindness soon.\n\n"
    return prompt, f"{good}Warmly,\n{writer}", f"Thanks for {gift}. {writer}"


def _sorting(rng: Random) -> Pair:
    items = rng.sample(_FRUITS, rng.randint(5, 7))
    right = sorted(items)
    wrong = right[1:] + right[:1]
    prompt = rng.choice((
        f"Put these words into alphabetical order: {', '.join(items)}.",
        f"My shopping list reads {listed(items)}. Sort it from A to Z.",
        f"Which order do {listed(items)} have in a dictionary?",
    ))  # fmt: skip
    return prompt, f"In alphabetical order: {', '.join(right)}.", f"In alphabetical order: {', '.join(wrong)}."


def _politeness(rng: Random) -> Pair:
    rude, polite = rng.choice(_DEMANDS)
    thing, name, town = rng.choice(_THINGS), rng.choice(NAMES), rng.choice(TOWNS)
    said = rude.format(thing=thing)
    prompt = f"Rewrite this message to {name} from the {town} office so that it sounds polite: {said}"
    return (
        prompt,
        f"Hello {name}, {polite.format(thing=thing)[0].lower()}{polite.format(thing=thing)[1:]}",
        said.upper(),
    )


def _packing(rng: Random) -> Pair:
    days, town, name = rng.randint(2, 14), rng.choice(TOWNS), rng.choice(NAMES)
    activity, gear = rng.choice(_ACTIVITIES)
    chosen = rng.sample(gear, 3)
    prompt = f"{name} goes {activity} around {town} for {days} days. Make a packing list of four points."
    points = [f"clothes for {days} days", *chosen]
    good = "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
    return prompt, f"For {days} days of {activity}, {name} should pack:\n{good}", f"Just take what you need to {town}."


def _explanation(rng: Random) -> Pair:
    what, why = rng.choice(_WHYS)
    reader, day = rng.choice(_READERS), rng.choice(DAYS)
    prompt = rng.choice((
        f"Explain to {reader} why {what}. Two sentences are enough, I need them on {day}.",
        f"On {day} I have to tell {reader} why {what}. How do I put it simply?",
    ))  # fmt: skip
    good = f"It happens because {why}. Once {reader} has heard that, it is easy to look for it on {day}."
    return prompt, good, f"Nobody really knows why {what}."


def _titles(rng: Random) -> Pair:
    topic, town, name = rng.choice(_TOPICS), rng.choice(TOWNS), rng.choice(NAMES)
    prompt = f"{name} has written a story about {topic}, set in {town}. Suggest a title and one opening sentence."
    good = (
        f"Title: {topic.capitalize()}\n\nNobody in {town} spoke of {topic} any more, except {name}, who could not stop."
    )
    return prompt, good, f"Title: Story of {name}"


def _counting(rng: Random) -> Pair:
    items = rng.sample(_FRUITS, rng.randint(3, 5))
    text = " ".join(items)
    letter = rng.choice("aeinrst")
    count = text.count(letter)
    prompt = f"How often does the letter '{letter}' occur in the words {listed(items)}?"
    per_word = listed([f"{item.count(letter)} in {item}" for item in items])
    return prompt, f"It occurs {per_word}: {count} in total.", f"About {count + 2} times."


_KINDS: tuple[Callable[[Random], Pair], ...] = (
    _thanks, _sorting, _politeness, _packing, _explanation, _titles, _counting,
)  # fmt: skip
