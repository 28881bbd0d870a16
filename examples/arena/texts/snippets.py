"""Small Python tasks: a described function, its code, and an example whose result was obtained by running the code."""

from __future__ import annotations

from random import Random
from typing import Any

_LISTS = (
    ("readings", "sensor readings"), ("fees", "parking fees"), ("scores", "match scores"), ("ages", "ages in months"),
    ("steps", "daily step counts"), ("weights", "parcel weights"), ("depths", "lake depths"), ("votes", "vote counts"),
    ("delays", "train delays"), ("lengths", "cable lengths"), ("prices", "ticket prices"), ("pages", "page counts"),
)  # fmt: skip
_TEXTS = (
    ("words", "words"), ("titles", "song titles"), ("tags", "tags"), ("rivers", "river names"), ("plants", "plants"),
    ("colours", "colour names"), ("streets", "street names"), ("dishes", "dishes"),
)  # fmt: skip
_VOCABULARY = (
    "amber", "birch", "cobalt", "dune", "ember", "fjord", "garnet", "heather", "iris", "jasmine", "kelp", "lagoon",
    "meadow", "nectar", "opal", "pebble", "quartz", "reed", "saffron", "tundra", "umber", "violet", "willow", "yarrow",
)  # fmt: skip
_KEEP_NUMBERS = (
    ("divisible by {k}", "{x} % {k} == 0"),
    ("greater than {m}", "{x} > {m}"),
    ("of at most {m}", "{x} <= {m}"),
    ("whose last digit is {d}", "{x} % 10 == {d}"),
    ("between {k} and {m}, both included", "{k} <= {x} <= {m}"),
    ("that leave the remainder {r} when divided by {k}", "{x} % {k} == {r}"),
    ("that do not contain the digit {d}", "'{d}' not in str({x})"),
)
_CHANGE_NUMBERS = (
    ("multiply each by {p}", "{x} * {p}"),
    ("add {m} to each", "{x} + {m}"),
    ("square each", "{x} ** 2"),
    ("replace each by the sum of its digits", "sum(int(digit) for digit in str({x}))"),
    ("take the distance of each from {m}", "abs({x} - {m})"),
    ("halve each, rounding down", "{x} // 2"),
)
_FINISH_NUMBERS = (
    ("return their sum", "sum({xs})"),
    ("return them from large to small", "sorted({xs}, reverse=True)"),
    ("return the largest, or None when nothing is left", "max({xs}, default=None)"),
    ("return how many different values there are", "len(set({xs}))"),
    ("return the difference of the extremes, or 0 for an empty list", "max({xs}) - min({xs}) if {xs} else 0"),
    ("return the last {c} of them", "{xs}[-{c}:]"),
)
_KEEP_TEXTS = (
    ("with more than {c} letters", "len({x}) > {c}"),
    ("that contain the letter '{l}'", "'{l}' in {x}"),
    ("that do not end in '{l}'", "not {x}.endswith('{l}')"),
    ("that come after '{w}' in the alphabet", "{x} > '{w}'"),
    ("of even length", "len({x}) % 2 == 0"),
)
_CHANGE_TEXTS = (
    ("write each in capitals", "{x}.upper()"),
    ("reverse each", "{x}[::-1]"),
    ("cut each to its first {c} letters", "{x}[:{c}]"),
    ("put '{w}-' before each", "'{w}-' + {x}"),
    ("replace every '{l}' by a star", "{x}.replace('{l}', '*')"),
)
_FINISH_TEXTS = (
    ("return them joined by '{s}'", "'{s}'.join({xs})"),
    ("return them sorted by length and then by alphabet", "sorted({xs}, key=lambda text: (len(text), text))"),
    ("return the first in the alphabet, or None for an empty list", "min({xs}, default=None)"),
    ("return a dictionary from each to its length", "{{text: len(text) for text in {xs}}}"),
    ("return the total number of letters", "sum(len(text) for text in {xs})"),
)
_REQUESTS = (
    "Write a Python function `{name}` for a list of {what} (`{xs}`): keep those {keep}, {change}, and {finish}.",
    "I have a list `{xs}` of {what}. In Python, define `{name}` so that it selects the ones {keep}; then {change} and "
    "finally {finish}.",
    "Given {what} in a list called `{xs}`, `{name}` should ignore all except those {keep}, {change} and {finish}. Show "
    "me the Python code.",
    "Please implement `{name}({xs})` in Python. From the {what} it picks those {keep}. It must then {change} and "
    "{finish}.",
    "Our team needs a helper named `{name}`. Of all {what} in `{xs}` only those {keep} count; {change}, then {finish}.",
)
_TASKS = (
    "Complete this programming task.",
    "Answer with Python code and one example.",
    "Write the function described.",
)
_REMARKS = (
    "For example, `{call}` gives `{result}`.",
    "Calling `{call}` returns `{result}`.",
    "As a check: `{call}` evaluates to `{result}`.",
    "With this definition, `{call}` is `{result}`.",
)
_FIRST = ("pick", "fold", "trim", "sift", "scan", "blend", "rank", "sum_up", "digest", "reduce", "filter", "boil")
_SECOND = ("north", "daily", "blue", "quick", "spare", "local", "early", "plain", "final", "inner", "tidy", "paper")


def snippet(rng: Random) -> tuple[str, str]:
    """A task and its answer: fenced code and one example with the result that this code gives."""
    numeric = rng.random() < 0.6
    xs, what = rng.choice(_LISTS if numeric else _TEXTS)
    tables = (
        (_KEEP_NUMBERS, _CHANGE_NUMBERS, _FINISH_NUMBERS) if numeric else (_KEEP_TEXTS, _CHANGE_TEXTS, _FINISH_TEXTS)
    )
    values = _values(rng)
    (keep, test), (change, value), (finish, result) = (rng.choice(table) for table in tables)
    name = f"{rng.choice(_FIRST)}_{rng.choice(_SECOND)}_{xs}"
    item = xs.rstrip("s") if xs.rstrip("s") not in (xs, "") else "item"
    chosen = f"[{value} for {item} in {xs} if {test}]".format(x=item, xs=xs, **values)
    final = result.format(xs="chosen", **values)
    code = f"def {name}({xs}):\n    chosen = {chosen}\n    return {final}"
    example: list[Any] = (
        [rng.randint(1, 99) for _ in range(rng.randint(5, 8))]
        if numeric
        else rng.sample(_VOCABULARY, rng.randint(4, 6))
    )
    call = f"{name}({example})"
    prompt = rng.choice(_REQUESTS).format(
        name=name, xs=xs, what=what, keep=keep.format(**values), change=change.format(**values),
        finish=finish.format(**values),
    )  # fmt: skip
    if rng.random() < 0.3:
        prompt = f"{rng.choice(_TASKS)}\n{prompt}"
    remark = rng.choice(_REMARKS).format(call=call, result=repr(_run(code, name, example)))
    return prompt, f"```python\n{code}\n```\n{remark}"


def _values(rng: Random) -> dict[str, Any]:
    k = rng.randint(2, 9)
    return {
        "k": k,
        "m": rng.randint(15, 80),
        "d": rng.randint(0, 9),
        "r": rng.randint(0, k - 1),
        "p": rng.randint(2, 12),
        "c": rng.randint(2, 5),
        "l": rng.choice("abdeilmnrs"),
        "w": rng.choice(_VOCABULARY),
        "s": rng.choice(("-", ", ", "/", "; ", "+")),
    }


def _run(code: str, name: str, example: list[Any]) -> Any:
    """What the function of this code gives for the example; the code is this module's own."""
    space: dict[str, Any] = {}
    exec(code, space)
    return space[name](example)
