"""Rows that are single turns, and trees of them, become conversations that end with an answer."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from lake.catalog import Lake
from lake.formats.base import Unusable
from lake.formats.detect import converter, detect
from pipelines.ingest import ingest

TURNS: list[dict[str, Any]] = [
    {"message_id": "a", "parent_id": None, "role": "prompter", "text": "Rain?", "lang": "en"},
    {"message_id": "b", "parent_id": "a", "role": "assistant", "text": "Soon.", "lang": "en", "rank": 0},
    {"message_id": "c", "parent_id": "a", "role": "assistant", "text": "Never.", "lang": "en", "rank": 1},
    {"message_id": "d", "parent_id": "b", "role": "prompter", "text": "When?", "lang": "en"},
    {"message_id": "e", "parent_id": "d", "role": "assistant", "text": "At five.", "lang": "en"},
    {"message_id": "f", "parent_id": "e", "role": "prompter", "text": "Thanks.", "lang": "en"},
    {"message_id": "g", "parent_id": "lost", "role": "assistant", "text": "Yes.", "lang": "en"},
]
PLACED: list[dict[str, Any]] = [
    {"conversation_id": chat, "turn": place, "speaker": ("user", "assistant")[place % 2], "content": f"{chat} {place}"}
    for chat in ("x", "y")
    for place in range(4)
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("seed", [0, 1])
def test_turns_with_parents(lake: Lake, tmp_path: Path, seed: int) -> None:
    rows = list(TURNS)
    random.Random(seed).shuffle(rows)
    report = ingest(lake, lines(tmp_path / "a.jsonl", rows))
    assert (report.samples, report.rejected) == (3, 2)
    assert lake.rows("select response, instruction, meta->>'rank' from samples order by response") == [
        ("At five.", "<|user|>\nRain?\n<|assistant|>\nSoon.\n<|user|>\nWhen?", None),
        ("Never.", "Rain?", "1"),
        ("Soon.", "Rain?", "0"),
    ]
    assert lake.rows("select reason from rejects order by 1") == [
        ("nothing answers this turn",),
        ("the turn before it, 'lost', is not in the source",),
    ]


def test_turns_of_one_thread_in_several_files(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    lines(folder / "train.jsonl", TURNS[:3])
    lines(folder / "test.jsonl", TURNS[3:5])
    assert ingest(lake, folder).samples == 3
    assert lake.rows("select response, split from samples order by 1") == [
        ("At five.", "test"), ("Never.", "train"), ("Soon.", "train"),
    ]  # fmt: skip


def test_turns_with_a_place(lake: Lake, tmp_path: Path) -> None:
    report = ingest(lake, lines(tmp_path / "a.jsonl", PLACED[::-1]))
    assert (report.samples, report.rejected) == (4, 0)
    assert lake.rows("select instruction, response from samples where response like 'x%' order by 2") == [
        ("x 0", "x 1"),
        ("<|user|>\nx 0\n<|assistant|>\nx 1\n<|user|>\nx 2", "x 3"),
    ]


def test_one_row_is_no_conversation() -> None:
    with pytest.raises(Unusable, match="a single turn, and the turns before it are not in this row"):
        converter(detect(TURNS, mapping=None))(TURNS[1])


def test_trees() -> None:
    answer = {"role": "assistant", "text": "Soon.", "rank": 0, "replies": [
        {"role": "prompter", "text": "When?", "replies": [{"role": "assistant", "text": "At five.", "replies": [{"role": "prompter", "text": "Thanks."}]}]}
    ]}  # fmt: skip
    tree = {
        "id": "t",
        "root": {"role": "prompter", "text": "Rain?", "replies": [answer, {"role": "assistant", "text": "Never."}]},
    }
    samples = converter(detect([tree], mapping=None))(tree)
    assert [(sample.response, sample.n_turns, sample.meta) for sample in samples] == [
        ("Soon.", 1, {"id": "t", "root": {"rank": 0}}),
        ("At five.", 2, {"id": "t"}),
        ("Never.", 1, {"id": "t", "root": {"other_messages": [{"role": "prompter", "text": "Thanks."}]}}),
    ]
    with pytest.raises(Unusable, match="nothing answers"):
        converter(detect([tree], mapping=None))({"root": {"role": "prompter", "text": "Rain?", "replies": []}})
