"""The kernels of near-duplicates as SQL functions."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipelines.deduping.functions import register
from pipelines.deduping.parameters import Signing
from pipelines.deduping.texts import sign

TEXTS = ["one two three four five six", None, "", "short", "数据 " * 40, "one two three four five seven"]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.register("texts", pa.table({"place": range(len(TEXTS)), "text": TEXTS}))
    register(opened)
    return opened


def test_minhash_gives_the_columns_of_signatures(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute("select unnest(minhash(text)) from texts order by place").to_arrow_table()
    counts, wholes, lanes = sign(pa.array(TEXTS), Signing())
    assert found.column("shingles").to_pylist() == counts.tolist() == [2, 0, 0, 0, 76, 2]
    assert found.column("whole").to_pylist() == [int(w) if w else None for w in wholes.view(np.int64)]
    for lane in range(14):
        expected = [int(v) if n else None for v, n in zip(lanes[lane].view(np.int64), counts, strict=True)]
        assert found.column(f"lane_{lane:02}").to_pylist() == expected
    assert found.column("lane_14").null_count == len(TEXTS)


def test_minhash_takes_the_parameters_of_signing(connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.execute(
        "select unnest(minhash('abcdef', unit := 'character', ngram := 3, permutations := 8, seed := 7))"
    ).fetchone()
    expected = sign(pa.array(["abcdef"]), Signing("sample", "character", 3, 8, 7))
    assert row is not None
    assert row[0] == expected[0][0] == 4
    assert row[2] == expected[2].view(np.int64)[0, 0]
    assert row[3:] == (None,) * 15


@pytest.mark.parametrize(
    ("one", "other", "options", "expected"),
    [
        ("one two three four five six", "one two three four five seven", "", 1 / 3),
        ("One  two three four five!", "one two three four five", "", 1.0),
        ("a b", "a c", ", ngram := 1", 1 / 3),
        ("abcd", "bcde", ", unit := 'character', ngram := 2", 2 / 4),
        ("short", "short", "", None),
        (None, "one two three four five", "", None),
        ("one two three four five", "", "", 0.0),
    ],
)
def test_shingle_jaccard(
    connection: duckdb.DuckDBPyConnection, one: str | None, other: str, options: str, expected: float | None
) -> None:
    row = connection.execute(f"select shingle_jaccard(?, ?{options})", [one, other]).fetchone()
    assert row is not None
    assert row[0] == (None if expected is None else pytest.approx(expected))


def test_functions_can_be_registered_again_and_from_a_cursor(connection: duckdb.DuckDBPyConnection) -> None:
    register(connection)
    cursor = connection.cursor()
    register(cursor)
    assert cursor.execute("select minhash('a b c d e').shingles").fetchone() == (1,)


def test_a_wrong_parameter_says_what_is_possible(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(
        duckdb.InvalidInputException, match="permutations: 7 is not a whole number from 8 to 128 and a multiple of 8"
    ):
        connection.execute("select minhash('a', permutations := 7)").fetchall()
