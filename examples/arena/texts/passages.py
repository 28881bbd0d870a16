"""Short passages of plain prose: notes on places, crafts and days."""

from __future__ import annotations

from random import Random

from examples.arena.texts.words import DAYS, MONTHS, NAMES, TOWNS

_SENTENCES = (
    (
        "{town} lies where the old road meets the river, and {name} was born there in {month}.",
        "Visitors who come to {town} in {month} are told the story of {name}.",
        "In a drawer in {town} somebody found the {month} notes of {name}.",
        "Every {day} in {month}, {name} walked through {town} before anybody else was awake.",
    ),
    (
        "The bridge has {n} arches, of which {k} were rebuilt after a flood.",
        "Of {n} workshops that once stood along the water, {k} are still in use.",
        "A path of {n} steps leads to the tower, with {k} benches on the way.",
        "The archive keeps {n} drawings, {k} of them in colour.",
    ),
    (
        "To make paper here, rags were soaked for {k} days and then beaten to a pulp.",
        "The potters mixed clay with sand and let it rest for {k} weeks.",
        "Ropes were twisted in a shed {n} paces long, always by {k} people at a time.",
        "Bread was baked once in {k} days and shared between {n} households.",
        "The weavers of the valley needed {n} threads for a cloth of {k} hands.",
    ),
    (
        "What is left of it can be seen on {day}, when {other} opens the gate.",
        "Today {other} repeats the work on the first {day} of {month}.",
        "On {day} the children of the school write down what {other} remembers.",
        "Since then {other} has kept the keys, and lends them out on {day}.",
    ),
    (
        "Nobody has counted how often the tale has changed.",
        "The rest, as they say in {second}, is weather.",
        "Whoever asks in {second} hears a different ending.",
        "A copy of this page hangs in {second}, next to the clock.",
    ),
)


def passage(rng: Random) -> str:
    """A passage of five sentences."""
    name, other = rng.sample(NAMES, 2)
    town, second = rng.sample(TOWNS, 2)
    return " ".join(
        rng.choice(forms).format(
            name=name, other=other, town=town, second=second, day=rng.choice(DAYS), month=rng.choice(MONTHS),
            n=rng.randint(20, 400), k=rng.randint(2, 19),
        )
        for forms in _SENTENCES
    )  # fmt: skip
