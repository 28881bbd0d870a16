"""For any JSON-like record: a sample or a refusal with a reason, and nothing of the source is lost on the way."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from lake.errors import SourceError, UsageError
from lake.formats.base import FIELDS, Sample, Unusable
from lake.formats.detect import converter, detect, formats

USER, ASSISTANT = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}
HUMAN, GPT = {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}

SHAPES: dict[str, list[dict[str, Any]]] = {
    "alpaca": [
        {"instruction": "i", "input": "x", "output": "o", "system": "s", "split": "p"},
        {"instruction": "i", "output": "o", "response": "r"},
    ],
    "alpaca_history": [{"instruction": "i", "output": "o", "history": [["q", "a"]]}],
    "code_execution": [{"code": "c", "input": "x", "output": "o"}],
    "code_task": [{"text": "t", "code": "c"}],
    "context_response": [{"Context": "q", "Response": "a"}],
    "headerless": [{"column_1": "q", "column_2": "a", "column_3": "because"}],
    "input_output": [{"input": "x", "target": "y"}],
    "instances": [{"instruction": "i", "instances": [{"input": "x", "output": "y"}]}],
    "multiple_choice": [
        {"passage": "p", "question": "q", "options": ["a", "b"], "label": "A", "answer": "A"},
        {"question": "q", "A": "1", "B": "2", "C": "3", "D": "4", "answer": 0, "rationale": "r"},
    ],
    "openai_messages": [
        {"messages": [USER, ASSISTANT], "system": "s", "answer": "a", "prompt": "q"},
        {"prompt": [USER], "completion": [ASSISTANT]},
    ],
    "passage_question": [{"body": "b", "question": "q", "answer": "a"}],
    "plain_text": [{"text": "t", "system": "s"}],
    "preference": [
        {"prompt": "q", "chosen": "a", "rejected": "b"},
        {"chosen": [USER, ASSISTANT], "rejected": [USER, ASSISTANT], "prompt": "q"},
        {"conversations": [HUMAN], "chosen": GPT, "rejected": GPT},
        {"chosen": "\n\nHuman: q\n\nAssistant: a", "rejected": "\n\nHuman: q\n\nAssistant: b"},
    ],
    "prompt_completion": [{"prompt": "p", "completion": "c", "ground_truth": "g"}],
    "prompt_only": [{"prompt": "p"}],
    "question_answer": [{"problem": "p", "question": "q", "solution": "s", "answer": "a"}],
    "ranked": [
        {"prompt": "q", "response_a": "x", "response_b": "y", "winner": "b"},
        {"question": "q", "answers": [{"text": "x", "rank": 2}, {"text": "y", "rank": 1}]},
    ],
    "sharegpt": [{"conversations": [HUMAN, GPT], "tools": "t"}],
    "task_file": [{"input": "x", "output": "y", "_file": {"definition": "d"}}],
    "threads": [{"id": "b", "parent_id": "a", "role": "assistant", "text": "t"}],
    "tree": [{"prompt": {"role": "user", "text": "q", "replies": [{"role": "assistant", "text": "a"}]}}],
    "transcript_column": [{"chat": "USER: q\nASSISTANT: a", "system": "s"}],
    "turn_pairs": [{"conversation": [{"system": "s", "input": "q", "output": "a"}]}],
    "turns": [{"turns": ["q"]}, {"data": ["q", "a"]}, {"conversation": [["q", "a"], ["r", "b"]]}],
}
KEYS = (
    "role", "from", "content", "value", "text", "type", "reasoning", "reasoning_content", "tool_calls", "function",
    "name", "arguments", "input", "output", "target", "label", "system", "q",
)  # fmt: skip
WORDS = ("user", "human", "assistant", "gpt", "system", "tool", "function_call", "text", "tool_call", "reasoning")
TEXTS = st.one_of(st.text(max_size=6), st.sampled_from(WORDS), st.integers(0, 10**6).map("word{}".format))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=10,
)
TURNS = st.lists(
    st.one_of(
        st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(WORDS), VALUES),
        st.builds(lambda role, text: {"from": role, "value": text}, st.sampled_from(WORDS), VALUES),
        st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4),
    ),
    max_size=4,
)
CELLS = st.one_of(VALUES, TURNS, TEXTS, TURNS.map(json.dumps))
CASES = [(name, example) for name, examples in SHAPES.items() for example in examples]


def leaves(value: Any) -> Iterator[Any]:
    """Texts and numbers inside a value; keys, nulls and blank texts say nothing."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        if value.strip():
            yield value
    elif value is not None and not (isinstance(value, float) and math.isnan(value)):
        yield value


def found(leaf: Any, text: str, kept: list[Any]) -> bool:
    """Whether a source leaf is in the sample: as text, as its JSON text, or as the value itself."""
    if any(type(leaf) is type(other) and leaf == other for other in kept):
        return True
    if leaf in WORDS:  # the name of a role or of a part: it becomes another name
        return True
    if not isinstance(leaf, str):
        return json.dumps(leaf) in text
    if leaf.strip() in text or json.dumps(leaf, ensure_ascii=False)[1:-1] in text:
        return True
    if leaf.startswith("\n\nHuman:"):
        return all(part.strip() in text for part in re.split(r"\n\n(?:Human|Assistant):", leaf))
    if leaf.startswith("USER:"):
        return all(part.strip() in text for part in re.split(r"(?:USER|ASSISTANT):", leaf))
    try:
        inner = json.loads(leaf)  # a conversation held as a JSON string
    except ValueError:
        return False
    return isinstance(inner, list) and all(found(part, text, kept) for part in leaves(inner))


def explained(refusal: Exception) -> None:
    assert len(str(refusal)) > 10


def holds_everything(record: dict[str, Any], samples: list[Sample]) -> None:
    held = [(*sample[:3], *sample[5:8], *(text for _, text in sample.turns or ())) for sample in samples]
    text = "\n".join(part for parts in held for part in parts if part is not None)
    kept = [leaf for sample in samples for leaf in leaves([sample.messages, sample.meta])]
    for leaf in leaves(list(record.values())):
        assert found(leaf, text, kept), (leaf, samples)


def test_every_format_has_a_shape() -> None:
    assert set(SHAPES) | {"mapped"} == {known.NAME for known in formats()}


@pytest.mark.parametrize(("name", "example"), CASES)
def test_shape_is_recognised(name: str, example: dict[str, Any]) -> None:
    assert detect([example], mapping=None).format == name


@pytest.mark.parametrize(("name", "example"), CASES)
@examples(60)
@given(data=st.data())
def test_a_sample_that_holds_everything_or_a_refusal(name: str, example: dict[str, Any], data: st.DataObject) -> None:
    convert = converter(detect([example], mapping=None))
    # Some cells keep their proper value, or hardly any record would become a sample.
    record = {key: data.draw(st.just(value) | CELLS, key) for key, value in example.items()}
    record["extra"] = data.draw(VALUES, "extra")
    try:
        samples = convert(record)
    except Unusable as refusal:
        explained(refusal)
        return
    holds_everything(record, samples)
    for sample in samples:
        assert isinstance(sample, Sample)
        assert sample.instruction.strip()
        assert sample.n_turns >= 1
        assert all(isinstance(pair, tuple) and len(pair) == 2 for pair in sample.turns or ())


@pytest.mark.parametrize(("name", "example"), CASES)
@pytest.mark.parametrize("field", FIELDS)
def test_a_mapping_loses_nothing(field: str, name: str, example: dict[str, Any]) -> None:
    record = {**_distinct(example), "extra": "extra text"}
    for column in record:
        try:
            samples = converter(detect([record], mapping={field: column}))(record)
        except (UsageError, SourceError, Unusable) as refusal:
            explained(refusal)
            continue
        holds_everything(record, samples)


def _distinct(example: dict[str, Any]) -> dict[str, Any]:
    """The example with texts long enough not to be found by accident."""
    return {
        key: f"{value} of {key}" if isinstance(value, str) and "\n" not in value else value
        for key, value in example.items()
    }


@examples(100)
@given(
    st.lists(st.dictionaries(st.sampled_from(sorted({k for _, e in CASES for k in e})), CELLS, max_size=4), max_size=3)
)
def test_detection_answers_or_explains(records: list[dict[str, Any]]) -> None:
    try:
        binding = detect(records, mapping=None)
    except SourceError as failure:
        explained(failure)
        return
    for record in records:
        try:
            assert converter(binding)(record)
        except Unusable as refusal:
            explained(refusal)


@pytest.mark.parametrize(("name", "example"), CASES)
def test_very_deep_values_are_refused_or_kept(name: str, example: dict[str, Any]) -> None:
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]
    convert = converter(detect([example], mapping=None))
    for key in example:
        try:
            assert convert({**example, key: deep})
        except Unusable as refusal:
            explained(refusal)
