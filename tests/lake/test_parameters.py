"""Parameters of SQL: converted to their declared type within its limits, or refused by name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from lake.errors import UsageError
from lake.relations import bind, parse


def bound(declared: str, given: Any) -> Any:
    relation = parse(f"-- parameter x: {declared}\nselect $x", name="q")
    return bind(relation.parameters, {"x": given}, of="q")["x"]


@pytest.mark.parametrize(
    ("declared", "given", "value"),
    [
        ("integer", "50e6", 50_000_000),
        ("integer", -(2**31), -(2**31)),
        ("bigint", "9223372036854775807", 2**63 - 1),
        ("bigint", "9007199254740993", 2**53 + 1),
        ("bigint", 5.0, 5),
        ("double", "1e-3", 0.001),
        ("double", 3, 3.0),
        ("double = inf", "inf", float("inf")),
        ("double = -inf", "-5", -5.0),
        ("double[]", [None, 1], [None, 1.0]),
        ("varchar", "", ""),
        ("varchar[]", "a,b", ["a", "b"]),
        ("boolean", "True", True),
        ("date", "2025-01-31", dt.date(2025, 1, 31)),
    ],
)
def test_what_is_accepted(declared: str, given: Any, value: Any) -> None:
    assert bound(declared, given) == value


@pytest.mark.parametrize(
    ("declared", "given", "said"),
    [
        ("integer", "2147483648", "'2147483648' is not a whole number from -2,147,483,648 to 2,147,483,647"),
        ("integer", "1e400", "is not a whole number"),
        ("integer", "1.5", "is not a whole number"),
        ("integer", True, "is not a whole number"),
        ("integer", "1_000", "is not a whole number"),
        ("integer", "٣", "is not a whole number"),
        ("bigint", 2**63, "is not a whole number"),
        ("bigint", "9" * 5000, "is not a whole number"),
        ("double", "nan", "'nan' is not a finite number"),
        ("double", "inf", "'inf' is not a finite number"),
        ("double", "1e999", "is not a finite number"),
        ("double", float("nan"), "nan is not a finite number"),
        ("double = inf", "nan", "'nan' is not a number or infinity"),
        ("double[]", [float("inf")], "inf is not a finite number"),
        ("float", "1e39", "is not a number from"),
        ("varchar", "\udcff", "is not a text without NUL"),
        ("varchar[]", ["a", "\x00"], "is not a text without NUL"),
        ("boolean", "yes", "'yes' is not true or false"),
        ("date", "2025-02-31", "'2025-02-31' is not a date such as 2025-01-31"),
        ("date", "20250131", "is not a date"),
        ("uuid", "x", "is uuid, not one of boolean"),
        ("integer", None, "needs the parameter x"),
    ],
)
def test_what_is_refused(declared: str, given: Any, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        bound(declared, given)
    assert said in raised.value.message
    assert "x" in raised.value.message
