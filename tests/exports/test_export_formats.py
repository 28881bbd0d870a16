"""Each export format: literal samples in, literal files out."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError
from lake.exports.catalogue import formats
from lake.formats.base import Sample
from pipelines.curate import create_slice
from pipelines.export import ExportError

BASE = 2**32
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "user", "content": "Bye"},
    {"role": "assistant", "content": "Bye"},
]
CALL = {"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
TOOLS = [{"name": "add", "description": "sum", "parameters": {"a": {"type": "integer"}}}]


@pytest.fixture(scope="module", autouse=True)
def filled(fresh: Lake) -> Lake:
    put(
        fresh,
        "plain",
        [Sample("1 + 1?", "2", reference_answer="2", meta={"level": 3}, split="train"), Sample("2 + 2?", "4")],
        scores={"mtld": [0.1, None], "ppl": [2.0, 4.0], "own": [1.0, 0.0]},
        licence="MIT",
    )
    put(fresh, "unanswered", [Sample("Why?"), Sample("How?", "So.")])
    put(fresh, "turns", [Sample("…", "Bye", system="Be brief.", messages=TURNS, n_turns=2), Sample("Hi", "Ho")])
    put(fresh, "pairs", [Sample("Best?", "A", system="Judge.", rejected_response="B"), Sample("Hi", "Ho")])
    put(
        fresh,
        "tools",
        [
            Sample(
                "…",
                "3",
                messages=[
                    {"role": "user", "content": "1 + 2?"},
                    {"role": "assistant", "content": "", "tool_calls": [CALL]},
                    {"role": "tool", "content": "3"},
                    {"role": "assistant", "content": "It is 3.", "reasoning_content": "sum"},
                ],
                meta={"tools": TOOLS},
            ),
            Sample("Hi", "Ho"),
        ],
    )
    put(
        fresh,
        "odd",
        [
            Sample("…", "b", messages=[{"role": "user", "content": "1"}, {"role": "user", "content": "2"},
                                       {"role": "assistant", "content": "b"}]),
            Sample("…", "b", messages=[{"role": "narrator", "content": "1"}, {"role": "assistant", "content": "b"}]),
            Sample("Hi", "Ho"),
        ],
    )  # fmt: skip
    create_slice(
        fresh, "weighted", "select sample_id, 2.5 as weight, 'why' as reason from samples where dataset = 'plain'"
    )
    return fresh


def test_every_format_says_what_it_is() -> None:
    assert list(formats()) == [
        "alpaca", "huggingface", "jsonl", "llamafactory", "oda", "openai", "parquet", "sharegpt", "trl",
    ]  # fmt: skip
    assert all(one.DESCRIPTION for one in formats().values())


def test_alpaca(exported) -> None:
    out = exported("plain", "alpaca")
    assert (out.folder / "data.jsonl").read_text() == (
        '{"instruction":"1 + 1?","input":"","output":"2"}\n{"instruction":"2 + 2?","input":"","output":"4"}\n'
    )
    assert out.report.not_carried == {"reference_answer": 1, "meta": 1, "scores": 2}


def test_alpaca_skips_what_it_cannot_hold(exported) -> None:
    out = exported("turns", "alpaca")
    assert out.lines("data.jsonl") == [{"instruction": "Hi", "input": "", "output": "Ho", "system": ""}]
    assert out.lines("skipped.jsonl") == [
        {"sample_id": 3 * BASE, "dataset": "turns", "row_no": 0, "reason": "several turns"}
    ]
    assert out.report.skipped == {"several turns": 1}
    assert out.manifest["skipped"] == {"rows": 1, "reasons": {"several turns": 1}}


@pytest.mark.parametrize("to", ["alpaca", "sharegpt", "openai", "llamafactory"])
def test_a_sample_without_an_answer_is_skipped_and_named(exported, to: str) -> None:
    out = exported("unanswered", to)
    assert out.report.rows == 1
    assert out.lines("skipped.jsonl") == [
        {"sample_id": 2 * BASE, "dataset": "unanswered", "row_no": 0, "reason": "no response"}
    ]


def test_sharegpt(exported) -> None:
    out = exported("turns", "sharegpt")
    assert out.lines("data.jsonl") == [
        {"conversations": [
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "Hi"},
            {"from": "gpt", "value": "Hello"},
            {"from": "human", "value": "Bye"},
            {"from": "gpt", "value": "Bye"},
        ]},
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]},
    ]  # fmt: skip


def test_sharegpt_pairs(exported) -> None:
    out = exported("pairs", "sharegpt")
    assert out.lines("pairs.jsonl") == [
        {
            "conversations": [{"from": "system", "value": "Judge."}, {"from": "human", "value": "Best?"}],
            "chosen": {"from": "gpt", "value": "A"},
            "rejected": {"from": "gpt", "value": "B"},
        }
    ]
    assert out.report.files == {"pairs.jsonl": 1, "data.jsonl": 1}
    assert out.report.rows == 2


def test_sharegpt_tools(exported) -> None:
    first, second = exported("tools", "sharegpt").lines("data.jsonl")
    assert first == {
        "conversations": [
            {"from": "human", "value": "1 + 2?"},
            {"from": "function_call", "value": '{"name":"add","arguments":{"a":1}}'},
            {"from": "observation", "value": "3"},
            {"from": "gpt", "value": "<think>\nsum\n</think>\n\nIt is 3."},
        ],
        "tools": '[{"name":"add","description":"sum","parameters":{"type":"object","properties":{"a":{"type":"integer"}},'
        '"required":["a"]}}]',
    }
    assert second["tools"] == ""


def test_openai(exported) -> None:
    assert exported("turns", "openai").lines("data.jsonl") == [
        {"messages": TURNS},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]},
    ]


def test_openai_pairs(exported) -> None:
    assert exported("pairs", "openai").lines("pairs.jsonl") == [
        {
            "input": {"messages": [{"role": "system", "content": "Judge."}, {"role": "user", "content": "Best?"}]},
            "preferred_output": [{"role": "assistant", "content": "A"}],
            "non_preferred_output": [{"role": "assistant", "content": "B"}],
        }
    ]


@pytest.mark.slow
def test_trl_pairs(exported) -> None:
    assert exported("pairs", "trl").lines("pairs.jsonl") == [
        {
            "prompt": [{"role": "system", "content": "Judge."}, {"role": "user", "content": "Best?"}],
            "chosen": [{"role": "assistant", "content": "A"}],
            "rejected": [{"role": "assistant", "content": "B"}],
        }
    ]


def test_openai_tools(exported) -> None:
    first, second = exported("tools", "openai").lines("data.jsonl")
    function = {"name": "add", "arguments": '{"a":1}'}
    assert first["messages"][1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }
    assert first["messages"][3] == {"role": "assistant", "content": "<think>\nsum\n</think>\n\nIt is 3."}
    assert first["tools"][0]["type"] == "function"
    assert "tools" not in second


def test_llamafactory_of_single_turns_is_alpaca(exported) -> None:
    out = exported("plain", "llamafactory")
    assert out.lines("data.jsonl")[0] == {"instruction": "1 + 1?", "input": "", "output": "2"}
    assert out.json("dataset_info.json") == {
        "plain": {
            "file_name": "data.jsonl",
            "formatting": "alpaca",
            "columns": {"prompt": "instruction", "query": "input", "response": "output"},
        }
    }


def test_llamafactory_of_pairs_ranks(exported) -> None:
    out = exported("pairs", "llamafactory")
    assert out.lines("pairs.jsonl") == [
        {"instruction": "Best?", "input": "", "chosen": "A", "rejected": "B", "system": "Judge."}
    ]
    assert out.json("dataset_info.json") == {
        "pairs_pairs": {
            "file_name": "pairs.jsonl",
            "formatting": "alpaca",
            "ranking": True,
            "columns": {
                "prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected",
                "system": "system",
            },
        },
        "pairs": {
            "file_name": "data.jsonl",
            "formatting": "alpaca",
            "columns": {"prompt": "instruction", "query": "input", "response": "output", "system": "system"},
        },
    }  # fmt: skip


def test_llamafactory_of_turns_and_tools_is_sharegpt(exported) -> None:
    out = exported("tools", "llamafactory")
    first = out.lines("data.jsonl")[0]
    assert [turn["from"] for turn in first["conversations"]] == ["human", "function_call", "observation", "gpt"]
    entry = out.json("dataset_info.json")["tools"]
    assert entry["formatting"] == "sharegpt"
    assert entry["columns"] == {"messages": "conversations", "tools": "tools"}
    assert entry["tags"] == {
        "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
        "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
    }  # fmt: skip


def test_llamafactory_skips_what_its_loader_would_drop(exported) -> None:
    out = exported("odd", "llamafactory")
    assert out.report.skipped == {
        "turns that do not alternate between asking and answering": 1,
        "a turn of role 'narrator'": 1,
    }


def test_jsonl_has_everything(exported) -> None:
    first = exported("weighted", "jsonl").lines("data.jsonl")[0]
    assert list(first) == [
        "sample_id", "dataset", "row_no", "content_id", "instruction_id", "system", "instruction", "response",
        "messages", "reference_answer", "rejected_response", "meta", "split", "n_turns", "weight", "reason", "scores",
    ]  # fmt: skip
    assert first["sample_id"] == BASE
    assert first["meta"] == {"level": 3}
    assert (first["weight"], first["reason"]) == (2.5, "why")
    assert first["scores"] == {"mtld": 0.1, "ppl": 2.0, "own": 1.0}


def test_parquet_has_everything(exported) -> None:
    table = pq.read_table(exported("weighted", "parquet").folder / "data-00000.parquet")
    assert table.column_names[-5:] == ["weight", "reason", "mtld", "ppl", "own"]
    assert table["instruction"].to_pylist() == ["1 + 1?", "2 + 2?"]
    assert table["mtld"].to_pylist() == [pytest.approx(0.1), None]
    assert str(table.schema.field("mtld").type) == "float"


@pytest.mark.parametrize("to", ["alpaca", "sharegpt", "openai", "llamafactory"])
def test_weights_other_than_one_are_written(exported, to: str) -> None:
    assert [line["weight"] for line in exported("weighted", to).lines("data.jsonl")] == [2.5, 2.5]


def test_huggingface(exported) -> None:
    import datasets

    out = exported("turns", "huggingface")
    head = yaml.safe_load((out.folder / "README.md").read_text().split("---")[1])
    assert head["configs"] == [
        {"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*.parquet"}]}
    ]
    assert (head["license"], head["size_categories"]) == ("unknown", ["n<1K"])
    loaded = datasets.load_dataset(str(out.folder), split="train", cache_dir=str(out.folder.parent / "cache"))
    assert loaded[1]["messages"] == [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    assert [turn["content"] for turn in loaded[0]["messages"]] == ["Be brief.", "Hi", "Hello", "Bye", "Bye"]
    assert loaded[1]["messages_json"] is None


def test_huggingface_card_names_sources_query_and_axes(exported) -> None:
    text = (exported("weighted", "huggingface").folder / "README.md").read_text()
    assert "license: mit" in text
    assert "| plain | 2 | MIT |" in text
    assert "select sample_id, 2.5 as weight" in text
    assert "| mtld | 1 | 1 | 50.0% |" in text


def test_oda(exported) -> None:
    out = exported("weighted", "oda")
    table = pq.read_table(out.folder / "plain" / "data-00000.parquet")
    first, second = table.to_pylist()
    assert (first["id"], first["source"], first["instruction"], first["output"]) == (0, "plain", "1 + 1?", "2")
    assert len(first["raw_scores"]) == 30
    assert list(first["raw_scores"])[:2] == ["AtheneRM", "Cleanliness"]
    assert first["raw_scores"] == {**dict.fromkeys(first["raw_scores"]), "MTLD": 0.1, "PPL": 2.0}
    # p05 and p95 of 2 and 4 are 2.1 and 3.9: both are clipped, and a smaller PPL is better.
    assert (first["processed_scores"]["PPL"], second["processed_scores"]["PPL"]) == (1.0, 0.0)
    assert first["processed_scores"]["MTLD"] is None
    assert out.lines("plain/pointwise_scores.jsonl") == [
        {"id": 0, "scores": {"MtldScorer": {"score": 0.1}, "PPLScorer": {"score": 2.0}, "own": {"score": 1.0}}},
        {"id": 1, "scores": {"MtldScorer": {"score": None}, "PPLScorer": {"score": 4.0}, "own": {"score": 0.0}}},
    ]
    assert (out.report.rows, out.report.files) == (2, {"plain/data": 2, "plain/pointwise_scores.jsonl": 2})


@pytest.mark.slow
@pytest.mark.parametrize("to", list(formats()))
def test_every_folder_loads_as_it_is_and_tells_no_paths(exported, fresh: Lake, to: str) -> None:
    import datasets

    fresh.transact(
        lambda connection: connection.execute("update datasets set source = '/home/me/secret/turns.jsonl'"),
        message="where it came from",
    )
    create_slice(
        fresh, "mixed", "select sample_id from samples where dataset in ('plain', 'tools', 'turns')", replace=True
    )
    out = exported("mixed", to)
    loaded = datasets.load_dataset(str(out.folder), cache_dir=str(out.folder.parent / "cache"))
    assert list(loaded) == ["train"]
    assert len(loaded["train"]) == out.report.rows
    for file in ("README.md", "manifest.json"):
        text = (out.folder / file).read_text()
        assert "turns.jsonl" in text
        assert "/home/me" not in text


@pytest.mark.slow
def test_reasoning_of_another_column_is_put_back(fresh: Lake, exported) -> None:
    turns = [{"role": "user", "content": "2?"}, {"role": "assistant", "content": "4", "thought": "two and two"}]
    put(
        fresh,
        "thinking",
        [
            Sample("1 + 1?", "2", meta={"why": "one more"}),
            Sample("2 + 2?", "4", meta={"why": " "}),
            Sample("…", "4", messages=turns, meta={"why": "doubled"}),
        ],
    )
    out = exported("thinking", "openai", reasoning="why")
    assert [line["messages"][-1]["content"] for line in out.lines("data.jsonl")] == [
        "<think>\none more\n</think>\n\n2",
        "4",
        "<think>\ndoubled\n</think>\n\n4",
    ]
    assert out.report.reasoning == 2
    assert out.manifest["reasoning"] == {"column": "why", "rows": 2}
    out = exported("thinking", "huggingface", reasoning="thought")
    answers = pq.read_table(out.folder / "data" / "train-00000.parquet")["messages"].to_pylist()
    assert [turns[-1]["content"] for turns in answers] == ["2", "4", "<think>\ntwo and two\n</think>\n\n4"]
    with pytest.raises(UnknownNameError, match="Unknown column with reasoning 'wy'") as caught:
        exported("thinking", "jsonl", reasoning="wy")
    assert caught.value.hint == "Did you mean why?"


def test_oda_has_a_folder_and_a_configuration_for_each_dataset(exported, fresh: Lake) -> None:
    import datasets

    create_slice(fresh, "both", "select sample_id from samples where dataset in ('plain', 'unanswered')", replace=True)
    out = exported("both", "oda")
    assert out.report.files["plain/data"] == 2
    loaded = datasets.load_dataset(str(out.folder), "unanswered", cache_dir=str(out.folder.parent / "cache"))
    assert loaded["train"]["output"][:] == [None, "So."]
    every = datasets.load_dataset(str(out.folder), split="train", cache_dir=str(out.folder.parent / "cache"))
    assert every["source"][:] == ["plain", "plain", "unanswered", "unanswered"]


def test_a_format_that_can_hold_nothing_is_an_error_and_leaves_nothing(exported, fresh: Lake, tmp_path: Path) -> None:
    create_slice(fresh, "none", "select sample_id from samples where response is null", replace=True)
    with pytest.raises(ExportError, match="can hold none of the 1 samples of slice 'none': 1 no response"):
        exported("none", "alpaca")
    assert list(tmp_path.iterdir()) == []
