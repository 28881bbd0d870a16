"""Several answers to one prompt: the preferred one is the response, the other the rejected response, a tie is said."""

from __future__ import annotations

from typing import Any

import pytest

from lake.formats.base import Unusable
from lake.formats.detect import converter, detect

Answers = tuple[str | None, str | None]
ASKED = [f"Who sails on day {n}?" for n in range(4)]


def turns(asked: str, told: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": told}]


def converted(rows: list[dict[str, Any]]) -> list[Answers | str]:
    """Response and rejected response of each record, or the reason why it is none."""
    convert = converter(detect(rows, mapping=None))
    found: list[Answers | str] = []
    for row, asked in zip(rows, ASKED, strict=False):
        try:
            (sample,) = convert(row)
        except Unusable as refusal:
            found.append(str(refusal))
            continue
        assert sample.instruction == asked
        found.append((sample.response, sample.rejected_response))
    return found


def pairs(
    *verdicts: Any, names: tuple[str, str] = ("response_0", "response_1"), by: str = "winner"
) -> list[dict[str, Any]]:
    rows = zip(ASKED, verdicts, strict=False)
    return [{"prompt": asked, names[0]: f"one {n}", names[1]: f"two {n}", by: it} for n, (asked, it) in enumerate(rows)]


ONE, TWO = ("one 0", "two 0"), ("two 1", "one 1")


@pytest.mark.parametrize(
    "rows",
    [
        pairs(0, 1, by="better_response_id"),
        pairs("0", "1", by="preferred"),
        pairs("response_0", "response_1"),
        pairs(1, 2, names=("response1", "response2"), by="preference"),
        pairs(-2, 3, names=("response1", "response2"), by="overall_preference"),
        pairs("a", "b", names=("response_a", "response_b")),
        pairs("model_a", "model_b", names=("completion_a", "completion_b")),
        pairs("A", "B", names=("answer_A", "answer_B"), by="choice"),
        [{**row, "model_a": "x", "model_b": "y"} for row in pairs("x", "y", names=("output_a", "output_b"))],
        [{**row, "score_0": n - 1, "score_1": -n} for n, row in zip((9, -9), pairs(None, None), strict=True)],
        [{**row, "winner_model_a": int(n == 0), "winner_model_b": int(n == 1), "winner_tie": 0}
         for n, row in enumerate(pairs(None, None, names=("response_a", "response_b"), by="id"))],
    ],
)  # fmt: skip
def test_two_numbered_columns(rows: list[dict[str, Any]]) -> None:
    rows = [{key: value for key, value in row.items() if value is not None} for row in rows]
    assert converted(rows) == [ONE, TWO]


def test_scores_decide_before_a_label_whose_sense_nobody_knows() -> None:
    rows = [
        {
            "history": asked,
            "human_ref_A": "one",
            "human_ref_B": "two",
            "labels": 1 - n,
            "score_A": 5 - 4 * n,
            "score_B": 3,
        }
        for n, asked in enumerate(ASKED[:2])
    ]
    convert = converter(detect([{**row, "prompt": row["history"]} for row in rows], mapping=None))
    assert [convert({**row, "prompt": row["history"]})[0].response for row in rows] == ["one", "two"]


def test_conversations_of_two_models() -> None:
    rows = [
        {"model_a": "x", "model_b": "y", "winner": winner, "conversation_a": turns(asked, "one"), "conversation_b": turns(asked, "two")}
        for asked, winner in zip(ASKED, ("model_b", "model_a", "tie", "tie (bothbad)"), strict=True)
    ]  # fmt: skip
    found = converted(rows)
    assert found[:2] == [("two", "one"), ("one", "two")]
    assert found[2] == "a tie: column 'winner' (tie) prefers no answer"
    assert found[3] == "a tie: column 'winner' (tie (bothbad)) prefers no answer"


@pytest.mark.parametrize(
    "rows",
    [
        [{"prompt": ASKED[0], "completions": [{"text": "one", "score": 1}, {"text": "two", "score": 3}, {"text": "three", "score": 2}]}],
        [{"prompt": ASKED[0], "answers": [{"answer": "one", "rank": 3}, {"answer": "two", "rank": 1}, {"answer": "three", "rank": 2}]}],
        [{"prompt": ASKED[0], "generations": ["one", "two", "three"], "ratings": [1, 5.0, 4]}],
        [{"prompt": ASKED[0], "responses": ["one", "two", "three"], "ranks": [3, 1, 2]}],
    ],
)  # fmt: skip
def test_the_best_and_the_worst_of_a_list(rows: list[dict[str, Any]]) -> None:
    assert converted(rows) == [("two", "one")]
    (sample,) = converter(detect(rows, mapping=None))(rows[0])
    (column,) = {"completions", "answers", "generations", "responses"} & rows[0].keys()
    assert sample.meta is not None
    assert sample.meta[column] == rows[0][column]


def test_a_list_and_the_number_of_the_best() -> None:
    rows = [
        {"prompt": asked, "summaries": [{"text": "one"}, {"text": "two"}], "choice": n}
        for n, asked in enumerate(ASKED[:2])
    ]
    assert converted(rows) == [("one", "two"), ("two", "one")]


def test_equal_scores_are_a_tie() -> None:
    rows = [{"prompt": ASKED[0], "responses": ["one", "two"], "scores": [2, 2]}]
    assert converted(rows) == ["a tie: column 'scores' ([2, 2]) prefers no answer"]


def test_an_object_that_holds_the_conversation_beside_a_pair() -> None:
    rows = [
        {
            "input": {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": asked}], "tools": []},
            "preferred_output": [{"role": "assistant", "content": "Me."}],
            "non_preferred_output": [{"role": "assistant", "content": "Nobody."}],
        }
        for asked in ASKED
    ]  # fmt: skip
    (sample,) = converter(detect(rows, mapping=None))(rows[0])
    assert (sample.system, sample.instruction, sample.response, sample.rejected_response) == (
        "Be brief.", ASKED[0], "Me.", "Nobody.",
    )  # fmt: skip
    assert sample.meta == {"tools": []}
