"""Arithmetic word problems: a story of two to four steps, its worked solution, and a solution thought out aloud."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from examples.arena.texts.words import DAYS, NAMES, TOWNS

_SCENES = (
    ("bakery", "rolls"), ("orchard", "pears"), ("library", "picture books"), ("workshop", "brass hinges"),
    ("nursery", "seedlings"), ("toy stall", "marbles"), ("print room", "posters"), ("dairy", "cheese wheels"),
    ("school kitchen", "dumplings"), ("beekeeping club", "jars of honey"), ("bicycle garage", "spokes"),
    ("stationery shop", "envelopes"), ("aquarium", "snails"), ("choir", "song sheets"), ("pottery studio", "bowls"),
    ("chess club", "pawns"), ("harbour store", "ropes"), ("museum shop", "postcards"), ("tea house", "cups"),
    ("film archive", "reels"), ("flower market", "tulips"), ("lighthouse", "candles"), ("tailor's shop", "buttons"),
    ("farm", "eggs"),
)  # fmt: skip

_OPENINGS = (
    "{name} looks after the {place} in {town} and counts {n} {things} on {day} morning.",
    "On {day}, the {place} that {name} runs near {town} holds {n} {things}.",
    "There are {n} {things} in {name}'s {place} when the doors open on {day}.",
    "{name} wrote in the notebook of the {town} {place}: {day}, {n} {things}.",
    "At the start of {day}, {name} finds {n} {things} left over at the {place} in {town}.",
    "The {place} of {town} is small, yet {name} has stored {n} {things} there since {day}.",
    "A delivery on {day} leaves {name} with exactly {n} {things} at the {place}.",
    "Somebody asks {name} how the {town} {place} is doing; on {day} its stock was {n} {things}.",
)
_GAINS = (
    "{other} comes by with {k} more.",
    "Around noon a cart from {town} unloads another {k} {things}.",
    "Then {k} {things} are donated by {other}.",
    "Two hours later {other} and a friend add {k}.",
    "{name} discovers {k} further {things} behind a cupboard.",
    "An old order is filled at last: {k} {things} arrive.",
    "To help out, {other} hands over {k} from home.",
)
_LOSSES = (
    "{other} takes away {k} of them.",
    "During the afternoon {k} {things} are sold to visitors from {town}.",
    "Sadly, {k} turn out to be damaged and are thrown out.",
    "{name} sends {k} {things} to {other} as a present.",
    "Before closing time {k} are lent to a school.",
    "A customer called {other} carries off {k} in one large bag.",
    "After a storm {k} {things} are missing.",
)
_MULTIPLES = (
    "A surprise shipment then makes the number {k} times as large.",
    "Within a week the stock grows to {k} times that amount.",
    "{other} repeats the whole order until there are {k} times as many.",
    "Thanks to a fair in {town}, the count is multiplied by {k}.",
)
_QUESTIONS = (
    "How many {things} are there now?",
    "What number of {things} does {name} have at the end?",
    "How many does {name} count when all of this is over?",
    "With how many {things} does the {place} finish?",
    "What should {name} write down as the final number of {things}?",
    "Work out how many {things} remain.",
)
_TASKS = (
    "Solve the problem and show the steps.",
    "Read the story and answer the question.",
    "Answer with a short calculation.",
    "Work through this word problem.",
    "Find the number asked for.",
)
_STARTS = (
    "{name} starts with {n} {things}.",
    "The first count is {n}.",
    "Begin with the {n} {things} of {day}.",
    "We know that {n} {things} were there at first.",
)
_ENDS = (
    "So the answer is {n}.",
    "That leaves {n} {things}.",
    "In the end {name} has {n} {things}.",
    "The final number is {n}.",
)
_LEADS = ("This gives", "Next,", "Now", "After that,", "The count becomes", "We get", "Then")
_WONDERS = (
    "Let me go through the story of {name} line by line.",
    "I should keep a running total of the {things}.",
    "What is asked is a single number of {things}, so order matters here.",
    "First I collect the numbers, then I apply them one after the other.",
)
_CHECKS = (
    "Going backwards from {end} I do arrive at {start}, so no step was lost.",
    "Undoing every step from {end} brings me back to {start}, which fits.",
    "A quick check in reverse, from {end} to {start}, agrees.",
)


@dataclass(frozen=True)
class Step:
    """One change of the count: `before sign amount = after`."""

    sign: str
    amount: int
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.before} {self.sign} {self.amount} = {self.after}"


@dataclass(frozen=True)
class Story:
    """A word problem: its text, its steps in order, its answer, and the words it was filled with."""

    prompt: str
    steps: tuple[Step, ...]
    answer: int
    words: dict[str, str]


def story(rng: Random, *, tasked: float = 0.35) -> Story:
    """A new word problem; with chance `tasked` a line that says what to do stands before it."""
    place, things = rng.choice(_SCENES)
    name = rng.choice(NAMES)
    start = count = rng.randint(12, 240)
    words = {"name": name, "place": place, "things": things, "day": rng.choice(DAYS), "town": rng.choice(TOWNS)}
    sentences = [rng.choice(_OPENINGS).format(n=start, **words)]
    steps: list[Step] = []
    used: set[str] = set()
    for _ in range(rng.choice((2, 3, 3, 4))):
        step = _step(rng, count)
        forms = {"+": _GAINS, "-": _LOSSES, "*": _MULTIPLES}[step.sign]
        form = rng.choice([each for each in forms if each not in used])
        used.add(form)
        other = rng.choice([each for each in NAMES if each != name])
        filled = {**words, "town": rng.choice(TOWNS), "other": other}
        sentences.append(form.format(k=step.amount, **filled))
        steps.append(step)
        count = step.after
    sentences.append(rng.choice(_QUESTIONS).format(**words))
    text = " ".join(sentences)
    if rng.random() < tasked:
        text = f"{rng.choice(_TASKS)}\n{text}"
    return Story(text, tuple(steps), count, {**words, "n": str(start)})


def _step(rng: Random, count: int) -> Step:
    sign = rng.choice("++--*") if count < 400 else rng.choice("+--")
    if sign == "*":
        amount = rng.randint(2, 4)
        return Step("*", amount, count, count * amount)
    if sign == "-" and count > 6:
        amount = rng.randint(3, max(4, count // 2))
        return Step("-", amount, count, count - amount)
    amount = rng.randint(5, 160)
    return Step("+", amount, count, count + amount)


def worked(rng: Random, told: Story) -> str:
    """The solution of a story, step by step."""
    parts = [rng.choice(_STARTS).format(**told.words)]
    parts += [f"{rng.choice(_LEADS)} {step}." for step in told.steps]
    parts.append(rng.choice(_ENDS).format(**{**told.words, "n": told.answer}))
    return " ".join(parts)


def thought(rng: Random, told: Story) -> str:
    """The solution of a story with the reasoning before it in `<think>` tags."""
    lines = [rng.choice(_WONDERS).format(**told.words), f"The count on {told.words['day']} is {told.words['n']}."]
    for number, step in enumerate(told.steps, 1):
        verb = {"+": "come in", "-": "go out", "*": "is the factor"}[step.sign]
        lines.append(f"Step {number}: {step.amount} {verb}, so {step}.")
    lines.append(rng.choice(_CHECKS).format(start=told.words["n"], end=told.answer))
    answer = rng.choice(_ENDS).format(**{**told.words, "n": told.answer})
    return "<think>\n" + "\n".join(lines) + f"\n</think>\n{answer}"
