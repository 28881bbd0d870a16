"""A task a small model learns in seconds: digits in words, backwards and each one further.

`three seven nine five gives` is answered by `six zero eight four`. There are 10,000 questions; what a model answers to
those it was not trained on tells what it learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TALE = ("the", "fox", "ran", "far", "and", "slept", "by", "old", "trees", "until", "it", "rained")
GIVES = "gives"
LENGTH = 4

Row = tuple[str, str]


def question(number: int) -> str:
    """A question in words."""
    return f"{_words(_digits(number))} {GIVES}"


def answer(number: int) -> str:
    """The right answer."""
    return _words([(digit + 1) % 10 for digit in reversed(_digits(number))])


def wrong_answer(number: int) -> str:
    """The answer of somebody who forgets to count further where the question begins with zero, one or two."""
    digits = _digits(number)
    return _words(list(reversed(digits))) if digits[0] < 3 else answer(number)


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in f"{number:0{LENGTH}}"]


def _words(digits: Sequence[int]) -> str:
    return " ".join(WORDS[digit] for digit in digits)


@dataclass(frozen=True)
class Sizes:
    """How many questions there are of a kind.

    - test: of the benchmark; clean: of a good dataset; small: of one that is too small; leaked: of the benchmark, in
      the contaminated dataset, and nothing else; copies: of each of those.
    """

    test: int = 400
    clean: int = 5000
    small: int = 60
    leaked: int = 60
    copies: int = 50


BENCHMARK = "digits-test"
CLEAN, WRONG, DUPLICATED, SMALL, OFF_TOPIC, CONTAMINATED = (
    "digits-clean", "digits-wrong", "digits-duplicated", "digits-small", "digits-off-topic", "digits-contaminated"
)  # fmt: skip
DATASETS = (CLEAN, WRONG, DUPLICATED, SMALL, OFF_TOPIC, CONTAMINATED)


def rows(name: str, sizes: Sizes, *, seed: int = 11) -> list[Row]:
    """The rows of a dataset, or of the benchmark; the same seed gives the same rows."""
    numbers = list(range(10**LENGTH))
    Random(f"{seed} questions").shuffle(numbers)
    test, rest = numbers[: sizes.test], numbers[sizes.test :]
    chance = Random(f"{seed} {name}")
    made: dict[str, Callable[[], list[Row]]] = {
        BENCHMARK: lambda: _right(test),
        CLEAN: lambda: _right(rest[: sizes.clean]),
        WRONG: lambda: [(question(number), wrong_answer(number)) for number in rest[: sizes.clean]],
        DUPLICATED: lambda: _right(rest[: sizes.clean // 50] * 50),
        SMALL: lambda: _right(rest[: sizes.small]),
        OFF_TOPIC: lambda: [_tale(chance) for _ in range(sizes.clean)],
        CONTAMINATED: lambda: _right(test[: sizes.leaked] * sizes.copies),
    }
    return made[name]()


def _right(numbers: Sequence[int]) -> list[Row]:
    return [(question(number), answer(number)) for number in numbers]


def _tale(chance: Random) -> Row:
    return " ".join(chance.choices(TALE, k=LENGTH + 1)), " ".join(chance.choices(TALE, k=LENGTH))
