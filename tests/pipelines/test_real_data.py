"""All real released sets: every row arrives, and known relations between them are seen by the identities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_sets import RealSets

from lake.catalog import Lake
from lake.errors import SourceError
from pipelines.ingest import ingest

pytestmark = pytest.mark.slow


def card_rows(data: Path) -> dict[str, int]:
    """Rows per set, as the cards state them."""
    found = {}
    for line in (data / "CARDS.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 6 and re.fullmatch(r"[\d,]+", cells[5]):
            found[cells[1]] = int(cells[5].replace(",", ""))
    return found


@pytest.fixture(scope="module")
def real(real_sets: RealSets, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, dict[str, int]]]:
    """A lake with every set that parses, none with a mapping, and what came of each: samples + rejects."""
    with real_sets.lake(tmp_path_factory.mktemp("real") / "home") as lake:
        yield lake, real_sets.arrived


def test_every_row_of_every_set_arrives(real: tuple[Lake, dict[str, int]], shared_data: Path):
    lake, arrived = real
    expected = {name: rows for name, rows in card_rows(shared_data).items() if name != "malformed_json_sample"}
    assert len(expected) == 51
    assert arrived == expected
    assert lake.rows("select kind, count(*) from datasets group by kind order by kind") == [
        ("benchmark", 21),
        ("train", 30),
    ]
    # The only rows refused are the empty ones of two sets made by a model.
    assert lake.rows("select dataset, count(*) from rejects group by all order by 1") == [
        ("humaneval_multi_rephrased", 55),
        ("humaneval_rephrased", 17),
    ]


def test_a_set_that_does_not_parse_names_its_byte_and_leaves_the_lake(
    real: tuple[Lake, dict[str, int]], shared_data: Path
):
    lake, _ = real
    before = lake.rows("select count(*) from samples")
    with pytest.raises(SourceError, match=r"alpaca_zh_9407-12345\.json, byte 1,101,001: not valid JSON") as caught:
        ingest(lake, shared_data / "datasets" / "malformed_json_sample")
    raw = (shared_data / "datasets" / "malformed_json_sample" / "alpaca_zh_9407-12345.json").read_bytes()
    assert raw[caught.value.offset :].strip().startswith((b",", b"]"))
    assert lake.rows("select count(*) from samples") == before
    assert lake.rows("select count(*) from datasets where dataset = 'malformed_json_sample'") == [(0,)]


@pytest.mark.parametrize(
    ("child", "parent", "shared"),
    [
        ("alpagasus_claude_t45", "alpaca_52k", 5305),
        ("alpagasus_random_9k", "alpaca_52k", 9229),
        ("alpaca_en_demo", "alpaca_52k", 999),
        ("gsm8k_train_parquet", "gsm8k_train", 7473),
        ("gsm8k_train_cot_tsv", "gsm8k_train", 7473),
        ("gsm8k_train", "r1zero_gsm8k_8k", 7473),
        ("gsm8k_test", "r1zero_gsm8k_8k", 1319),
        ("gpteacher_codegen", "new_codealpaca", 4535),
        ("gsm8k_test", "gsm8k_socratic_test", 1319),
    ],
)
def test_shared_prompts_are_found_by_instruction_id(
    real: tuple[Lake, dict[str, int]], child: str, parent: str, shared: int
):
    lake, _ = real
    found = lake.rows(
        "select count(*) from samples where dataset = ? and instruction_id in "
        "(select instruction_id from samples where dataset = ?)",
        [child, parent],
    )
    assert found == [(shared,)]


def test_four_containers_of_gsm8k_hold_the_same_content(real: tuple[Lake, dict[str, int]]):
    lake, _ = real
    same = lake.rows(
        "select count(*) from samples a join samples b using (row_no, content_id, instruction_id) "
        "where a.dataset = 'gsm8k_train' and b.dataset = 'gsm8k_train_parquet'"
    )
    assert same == [(7473,)]
