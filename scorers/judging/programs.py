"""Whether a program passes the tests of the reference; it runs in the sandbox, never in this process."""

from __future__ import annotations

import re
import secrets

from scorers.judging.references import pairs_of
from scorers.sandbox.run import Limits, run_python

_FENCED = re.compile(r"```(?:[Pp]ython[0-9.]*|py)?[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_PRELUDE = "from typing import *\nimport math, collections, itertools, functools, heapq, bisect, re, string, sys\n"

LIMITS = Limits(seconds=10, wall=40.0)


def program_in(attempt: str) -> str:
    """The last fenced block of an attempt, or all of it where there is none."""
    blocks = _FENCED.findall(attempt)
    return str(blocks[-1]) if blocks else attempt


def passes(reference: str, attempt: str, limits: Limits = LIMITS) -> bool:
    """Whether the program in an attempt passes; raises CannotIsolateError where nothing may be run here.

    Tests are pairs of input and output, or statements that are run after the program and raise nothing.
    """
    program = _PRELUDE + program_in(attempt)
    pairs = pairs_of(reference)
    if pairs is None:
        # The tests print a word they cannot know of, so that a program that ends early has not passed.
        mark = secrets.token_hex(16)
        tested = f"{program}\n{reference}\n{_called(reference)}\nprint({mark!r})\n"
        ran = run_python(tested, limits=limits)
        return ran.succeeded and ran.stdout.rstrip().endswith(mark)
    return all(_prints(program, given, wanted, limits) for given, wanted in pairs)


def _called(reference: str) -> str:
    """What calls tests in the form of HumanEval: `def check(candidate)` is given the function it names."""
    entry = re.search(r"(?m)^#\s*entry_point:\s*(\w+)|check\((\w+)\)\s*\Z", reference)
    if "def check(" not in reference or (entry and entry[2]):
        return ""
    return f"check({entry[1]})" if entry else "check(candidate)"


def _prints(program: str, given: str, wanted: str, limits: Limits) -> bool:
    ran = run_python(program, stdin=given + "\n", limits=limits)
    return ran.succeeded and ran.stdout.split() == wanted.split()
