"""Fenced blocks of Python: what a block is, what parses by which grammar, and texts made to break a parser."""

from __future__ import annotations

import warnings

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.batch import Batch
from scorers.derived import python_grammar
from scorers.derived.fences import blocks
from scorers.derived.python_grammar import parses
from scorers.heuristic import ts_python
from scorers.heuristic.ts_python import SCORER, score

pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence")


def outcome(text: str) -> tuple[float | None, str, str | None]:
    batch = Batch(pa.table({"response": [text]}))
    return score(batch, SCORER.settings())["ts_python"].outcome(0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('```python title="a.py"\nx = 1\n```', [("python", "x = 1")]),
        ("```{.python .x}\nx = 1\n```", [("python", "x = 1")]),
        ("```{python}\nx\n```", [("python", "x")]),
        ("```python{1,3}\nx\n```", [("python", "x")]),
        ("```Python\r\nx\r\n```", [("python", "x")]),
        ("```python\nx = 1", [("python", "x = 1")]),
        ("~~~python\nx\n~~~", [("python", "x")]),
        ("````md\n```python\nx\n```\n````", [("md", "```python\nx\n```")]),
        ("1. Do:\n   ```py\n   if a:\n       b\n   ```", [("py", "if a:\n    b")]),
        ("- ```py\n  x\n  ```", [("py", "x")]),
        ("> ```py\n> if a:\n>     b\n> ```\n> said", [("py", "if a:\n    b")]),
        ("see ```x = 1``` and ```y```", [("", "x = 1"), ("", "y")]),
        ("```python\nx\n``` and ```py\ny\n```", [("python", "x"), ("py", "y")]),
        ("```bash script here\nls\n```\n```\ny\n```", [("bash", "ls"), ("", "y")]),
        ("```c++\nx\n```\n```c#\ny\n```", [("c++", "x"), ("c#", "y")]),
        ("say ``` and stop", []),
        ("no fence", []),
        ("```", [("", "")]),
    ],
)
def test_blocks_of_a_text(text: str, found: list[tuple[str, str]]) -> None:
    assert list(blocks(text)) == found


@given(st.text(alphabet="`~ \n>-1.{}pyx=", max_size=60))
def test_any_text_is_cut_into_parts_of_it(text: str) -> None:
    for _, code in blocks(text):
        assert all(line.strip() in text for line in code.splitlines())


VALID = [
    "x = 1",
    "class A[T = int]:\n    x: T",
    "class A[T: (int, str) = int, *Ts = *tuple[int], **P = [int]](B[T]):\n    pass",
    "def f[T](x: T) -> T:\n    return x",
    "type Pair[T] = tuple[T, T]\ntype = 3",
    "type X = int | None",
    'print(f"{d[\'a\']} {d["b"]!r:>{width}}")',
    'x = f"{\', \'.join(f"{a}" for a in b)}"',
    "return 1",
    "await f()",
    "s = '\\d'",
    "match x:\n    case [1, *_]:\n        pass",
    "try:\n    f()\nexcept* ValueError:\n    pass",
]
INVALID = [
    "x = = 1",
    "if a:\nb",
    "  x = 1\ny = 2",
    "x := 1",
    "a <> b",
    "print 'a'",
    "def f(",
    "class A[T = ]:\n    pass",
    "class A[1]:\n    pass",
    "class A[T:\n    pass",
    "def f[T](x y): pass",
    "type X[T = = 1] = int",
    'x = f"{d["a"}"',
    'x = f"{a b}" + f"{d["b"]}"',
    "x = 1\0",
    ">>> x",
]


@pytest.mark.parametrize("source", VALID)
def test_python_3_13_is_valid_whatever_runs_this(source: str) -> None:
    assert parses(source) is True


@pytest.mark.parametrize("source", INVALID)
def test_what_is_not_python_is_not(source: str) -> None:
    assert parses(source) is False


@given(st.sampled_from(VALID), st.sampled_from(VALID))
def test_valid_sources_one_after_the_other_are_valid(one: str, other: str) -> None:
    assert parses(f"{one}\n{other}") is True


@pytest.mark.parametrize(
    "source",
    [
        "-" * 100_000 + "1",
        "a" + ".b" * 50_000,
        "1" + "+1" * 50_000,
        "if a:\n pass\n" + "elif a:\n pass\n" * 5_000,
        "x = " + "1" * 5_000,
        "x;" * 200_000,
    ],
)
def test_on_what_breaks_a_parser_it_gives_up(source: str) -> None:
    assert parses(source) is not False  # nothing is wrong with it, and some versions of Python take some of it
    assert parses("x;" * 200_000) is None


@pytest.mark.parametrize(
    "source", ["(" * 100_000, "[" * 150 + "x y" + "]" * 150, "{0:" * 150 + "x y" + "}" * 150, "print 'a' " * 20_000]
)
def test_deep_and_wrong_is_wrong(source: str) -> None:
    assert parses(source) is False


def test_outcomes() -> None:
    assert outcome("```python\nx = 1\n```\n~~~py\ny = 2") == (1.0, "ok", None)
    assert outcome("~~~py\nx = = 2") == (0.0, "ok", None)
    assert outcome("~~~sh\nls") == (None, "not_applicable", "the response has no Python block")
    long = "```\n" + "x = 1\n" * 50_000 + "```"
    reason = "a block is longer, or nested deeper, than Python's parser takes"
    assert outcome(long) == (None, "too_long", reason)
    assert outcome(long + "\n```py\nx = = 1\n```") == (0.0, "ok", None)


def test_warnings_of_texts_reach_nobody() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        outcome("```python\ns = '\\d'\nx is 1\n```")
    assert heard == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert outcome("```python\ns = '\\d'\n```")[0] == 1.0


def test_the_grammar_is_stated_in_the_scorer() -> None:
    assert f"version {'.'.join(map(str, python_grammar.GRAMMAR))}," in str(ts_python.__doc__)
