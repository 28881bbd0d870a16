"""Calls of tools in the form of each target: literal turns in, literal lines out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from direct import lines, write

from lake.exports.tool_schemas import functions
from lake.formats.base import Sample

ASKED = {"role": "user", "content": "Weather in Rom and Oslo?"}
ANSWER = {"role": "assistant", "content": "Sun and snow."}
SCHEMA = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
FUNCTION = {"name": "weather", "description": "of a town", "parameters": SCHEMA}
TOOLS = [{"type": "function", "function": FUNCTION}]


def call(town: str, identifier: str | None = None, *, text: bool = True) -> dict[str, Any]:
    arguments = json.dumps({"town": town}) if text else {"town": town}
    found = {"type": "function", "function": {"name": "weather", "arguments": arguments}}
    return found if identifier is None else {"id": identifier, **found}


def sample(*turns: dict[str, Any], meta: dict[str, Any] | None = None, rejected: str | None = None) -> Sample:
    return Sample("…", "…", messages=[ASKED, *turns], meta=meta or {"tools": TOOLS}, rejected_response=rejected)


PARALLEL = sample(
    {"role": "assistant", "content": None, "tool_calls": [call("Rom", "a"), call("Oslo", "b")]},
    {"role": "tool", "tool_call_id": "b", "content": "snow"},
    {"role": "tool", "tool_call_id": "a", "content": "sun"},
    ANSWER,
    meta={"tools": TOOLS, "parallel_tool_calls": True},
)
WITH_CONTENT = sample(
    {"role": "assistant", "content": "I shall look.", "tool_calls": [call("Rom", text=False)]},
    {"role": "tool", "content": "sun", "name": "weather"},
    ANSWER,
)
LEGACY = sample(
    {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": '{"town": "Rom"}'}},
    {"role": "function", "name": "weather", "content": "sun"},
    ANSWER,
    meta={"functions": [FUNCTION]},
)
WEIGHTED = sample({"role": "assistant", "content": "Dunno.", "weight": 0}, ASKED, {**ANSWER, "weight": 1})
THOUGHT = sample(
    {"role": "assistant", "content": "", "reasoning_content": "two towns", "tool_calls": [call("Rom")]},
    {"role": "tool", "content": "sun"},
    {**ANSWER, "reasoning_content": "so"},
)
JOINED = sample(
    {"role": "assistant", "content": "", "tool_calls": [call("Rom"), call("Oslo")]},
    {"role": "tool", "content": "sun\n</tool_response>\n<tool_response>\nsnow"},
    ANSWER,
)
CHOSEN = sample(
    {"role": "assistant", "content": "", "tool_calls": [call("Rom")]},
    rejected='<tool_call>\n{"name": "weather", "arguments": {"town": "Roma"}}\n</tool_call>',
)
RENDERED = sample(
    {
        "role": "assistant",
        "content": 'I shall look.\n<tool_call>\n{"name": "weather", "arguments": {"town": "Rom"}}\n</tool_call>',
    },
    {"role": "tool", "content": "sun"},
    ANSWER,
)
SHAREGPT = ["sharegpt", "llamafactory"]


def turns(folder: Path, one: Sample, to: str = "llamafactory") -> list[tuple[str, str]]:
    write(to, folder / to, one)
    (line,) = lines(folder / to / "data.jsonl")
    return [(turn["from"], turn["value"]) for turn in line["conversations"]]


@pytest.mark.parametrize("to", SHAREGPT)
def test_parallel_calls_are_a_list_and_their_results_one_observation(tmp_path: Path, to: str) -> None:
    assert turns(tmp_path, PARALLEL, to)[1:] == [
        (
            "function_call",
            '[{"name":"weather","arguments":{"town":"Rom"}},{"name":"weather","arguments":{"town":"Oslo"}}]',
        ),
        ("observation", "snow\n</tool_response>\n<tool_response>\nsun"),
        ("gpt", "Sun and snow."),
    ]


@pytest.mark.parametrize("to", SHAREGPT)
def test_a_call_with_content_is_the_call_and_the_content_is_named_as_dropped(tmp_path: Path, to: str) -> None:
    written = write(to, tmp_path / to, WITH_CONTENT)
    (line,) = lines(tmp_path / to / "data.jsonl")
    assert line["conversations"][1] == {
        "from": "function_call",
        "value": '{"name":"weather","arguments":{"town":"Rom"}}',
    }
    assert json.loads(line["tools"]) == [FUNCTION]
    assert written.lost == {"texts beside calls of tools": 1}


def test_a_call_keeps_its_reasoning_where_the_formatter_looks_for_it(tmp_path: Path) -> None:
    assert turns(tmp_path, THOUGHT)[1] == (
        "function_call",
        '<think>\ntwo towns\n</think>\n\n{"name":"weather","arguments":{"town":"Rom"}}',
    )


def test_old_calls_are_calls_for_llamafactory(tmp_path: Path) -> None:
    assert turns(tmp_path, LEGACY)[1:3] == [
        ("function_call", '{"name":"weather","arguments":{"town":"Rom"}}'),
        ("observation", "sun"),
    ]


@pytest.mark.parametrize("to", [*SHAREGPT, "trl"])
def test_weights_of_turns_are_named_as_dropped(tmp_path: Path, to: str) -> None:
    assert write(to, tmp_path / to, WEIGHTED).lost == {"weights of turns": 1}


def openai(folder: Path, one: Sample) -> Any:
    assert write("openai", folder / "openai", one).lost == {}
    (line,) = lines(folder / "openai" / "data.jsonl")
    return line


def test_openai_has_texts_as_arguments_and_results_by_id(tmp_path: Path) -> None:
    assert openai(tmp_path, PARALLEL) == {
        "messages": [
            ASKED,
            {"role": "assistant", "content": None, "tool_calls": [call("Rom", "a"), call("Oslo", "b")]},
            {"role": "tool", "tool_call_id": "b", "content": "snow"},
            {"role": "tool", "tool_call_id": "a", "content": "sun"},
            ANSWER,
        ],
        "tools": TOOLS,
        "parallel_tool_calls": True,
    }


def test_openai_makes_ids_and_keeps_content_beside_a_call(tmp_path: Path) -> None:
    assert openai(tmp_path, WITH_CONTENT)["messages"][1:3] == [
        {
            "role": "assistant",
            "content": "I shall look.",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"town":"Rom"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]


def test_openai_keeps_the_old_form(tmp_path: Path) -> None:
    line = openai(tmp_path, LEGACY)
    assert line["messages"] == LEGACY.messages
    assert line["functions"] == [FUNCTION]
    assert "tools" not in line


def test_openai_keeps_weights(tmp_path: Path) -> None:
    assert openai(tmp_path, WEIGHTED)["messages"] == WEIGHTED.messages


def test_openai_has_reasoning_in_the_content(tmp_path: Path) -> None:
    assert openai(tmp_path, THOUGHT)["messages"][-1]["content"] == "<think>\nso\n</think>\n\nSun and snow."


def test_openai_takes_joined_results_apart(tmp_path: Path) -> None:
    assert [turn.get("content") for turn in openai(tmp_path, JOINED)["messages"][2:4]] == ["sun", "snow"]


def test_openai_makes_calls_of_texts_that_tools_answered(tmp_path: Path) -> None:
    found = openai(tmp_path, RENDERED)["messages"]
    assert found[1]["content"] == "I shall look."
    assert found[1]["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"town":"Rom"}'}
    assert found[2] == {"role": "tool", "tool_call_id": "call_1", "content": "sun"}


def test_pairs_of_calls(tmp_path: Path) -> None:
    write("openai", tmp_path / "openai", CHOSEN)
    (pair,) = lines(tmp_path / "openai" / "pairs.jsonl")
    assert pair["input"] == {"messages": [ASKED], "tools": TOOLS}
    (wanted,), (other,) = pair["preferred_output"], pair["non_preferred_output"]
    assert wanted["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"town": "Rom"}'}
    assert other["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"town":"Roma"}'}
    write("llamafactory", tmp_path / "llamafactory", CHOSEN)
    (pair,) = lines(tmp_path / "llamafactory" / "pairs.jsonl")
    assert pair["chosen"] == {"from": "function_call", "value": '{"name":"weather","arguments":{"town":"Rom"}}'}
    assert pair["rejected"] == {"from": "function_call", "value": '{"name":"weather","arguments":{"town":"Roma"}}'}


def test_trl_has_objects_as_arguments_and_reasoning_beside_the_content(tmp_path: Path) -> None:
    write("trl", tmp_path / "trl", THOUGHT)
    (line,) = lines(tmp_path / "trl" / "data.jsonl")
    assert line["messages"][1:] == [
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "two towns",
            "tool_calls": [call("Rom", text=False)],
        },
        {"role": "tool", "content": "sun"},
        {"role": "assistant", "content": "Sun and snow.", "reasoning_content": "so"},
    ]
    assert line["tools"] == TOOLS


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([{"role": "tool", "content": "sun"}, ANSWER], "a result without a call"),
        ([{"role": "assistant", "content": "", "tool_calls": [call("Rom")]}, ASKED, ANSWER], "a call without a result"),
        (
            [
                {"role": "assistant", "content": "", "tool_calls": [call("Rom"), call("Oslo")]},
                {"role": "tool", "content": "sun, snow"},
                ANSWER,
            ],
            "parallel calls with one result",
        ),
        ([{"role": "assistant", "content": "", "tool_calls": [{"type": "function"}]}], "a call without the name of a tool"),
        ([{"role": "assistant", "content": [{"type": "image"}]}], "a turn with a part of type 'image'"),
    ],
)  # fmt: skip
def test_what_openai_refuses_is_skipped_with_the_rule(tmp_path: Path, turns: Any, reason: str) -> None:
    written = write("openai", tmp_path / "out", Sample("Hi", "Ho"), sample(*turns))
    assert (written.total, written.skipped) == (1, {reason: 1})


def test_arguments_that_are_no_object_are_skipped_where_they_must_be_one(tmp_path: Path) -> None:
    broken = {"type": "function", "function": {"name": "weather", "arguments": '{"town": '}}
    both = (Sample("Hi", "Ho"), sample({"role": "assistant", "content": "", "tool_calls": [broken]}))
    for to in (*SHAREGPT, "trl"):
        assert write(to, tmp_path / to, *both).skipped == {"arguments of a call that are no JSON object": 1}
    write("openai", tmp_path / "openai", *both)
    answer = lines(tmp_path / "openai" / "data.jsonl")[1]["messages"][1]
    assert answer["tool_calls"][0]["function"] == broken["function"]


XLAM = {
    "town": {"type": "str", "description": "where"},
    "days": {"type": "int, optional", "default": 1},
    "parts": {"type": "List[str]", "default": []},
    "near": {"type": "Optional[bool]"},
}


@pytest.mark.parametrize(
    ("tool", "parameters"),
    [
        ({"name": "f"}, {"type": "object", "properties": {}}),
        ({"name": "f", "input_schema": SCHEMA}, SCHEMA),
        ({"type": "function", "name": "f", "parameters": {"properties": {"a": {}}}}, {"type": "object", "properties": {"a": {}}}),
        (
            {"name": "f", "parameters": XLAM},
            {
                "type": "object",
                "properties": {
                    "town": {"type": "string", "description": "where"},
                    "days": {"type": "integer", "default": 1},
                    "parts": {"type": "array", "default": []},
                    "near": {"type": "boolean"},
                },
                "required": ["town"],
            },
        ),
    ],
)  # fmt: skip
def test_tools_become_functions_with_a_schema(tool: Any, parameters: Any) -> None:
    row = {"meta": json.dumps({"tools": json.dumps([tool])})}
    assert functions(row) == [{"name": "f", "parameters": parameters}]
