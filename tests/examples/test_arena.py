"""The generator against an independent reading of what it wrote."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from examples.arena.generate import generate
from examples.arena.truth import Place, Truth
from lake.sources.resolve import resolve
from tests.examples.reading import Conversation, conversations

ROOT = Path(__file__).resolve().parents[2]
Rows = dict[Place, Conversation]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("arena")
    return folder, generate(folder)


@pytest.fixture(scope="module")
def rows(arena: tuple[Path, Truth]) -> Rows:
    folder, truth = arena
    return {
        Place(dataset.name, number): turns
        for dataset in truth.datasets
        for number, turns in enumerate(conversations(folder / dataset.file))
        if turns is not None
    }


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _groups(rows: Rows, key: Callable[[Conversation], object]) -> dict[object, tuple[Place, ...]]:
    found: dict[object, list[Place]] = defaultdict(list)
    for place, turns in rows.items():
        found[key(turns)].append(place)
    return {each: tuple(sorted(places)) for each, places in found.items()}


def _words(text: str) -> str:
    return " ".join(text.lower().split())


def _prompt(turns: Conversation) -> Conversation:
    before = turns[:-1] if turns[-1][0] == "assistant" else turns
    return tuple((role, _words(text)) for role, text in before if role != "system")


def _question(turns: Conversation) -> str:
    return next(text for role, text in turns if role == "user")


def test_the_same_seed_gives_the_same_bytes_in_any_process(arena: tuple[Path, Truth], tmp_path: Path) -> None:
    folder, _ = arena
    command = [sys.executable, "-m", "examples.arena.generate", str(tmp_path / "again")]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "4711"}, capture_output=True, text=True, check=True
    )
    assert _digest(tmp_path / "again") == _digest(folder)
    assert "count-tales            414 samples  7 broken  alpaca JSON array" in done.stdout
    generate(tmp_path / "other", seed=8)
    assert _digest(tmp_path / "other") != _digest(folder)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_other_seeds_plant_nothing_by_accident(tmp_path: Path, seed: int) -> None:
    truth = generate(tmp_path, seed=seed)
    assert sum(dataset.samples for dataset in truth.datasets) > 3000


def test_the_written_truth_is_the_returned_one(arena: tuple[Path, Truth]) -> None:
    folder, truth = arena
    written = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(truth.as_dict()))
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(dataset.name for dataset in truth.datasets), truth.unparsable, "truth.json"]
    )


def test_every_row_is_a_sample_or_broken_where_the_truth_says(arena: tuple[Path, Truth]) -> None:
    folder, truth = arena
    for dataset in truth.datasets:
        read = conversations(folder / dataset.file)
        assert len(read) == dataset.rows, dataset.name
        assert tuple(number for number, turns in enumerate(read) if turns is None) == dataset.rejected, dataset.name
    assert len({dataset.format for dataset in truth.datasets}) == 9
    assert all(300 <= dataset.samples <= 700 for dataset in truth.datasets if dataset.kind == "train")
    assert [(dataset.name, dataset.samples) for dataset in truth.datasets if dataset.kind == "benchmark"] == [
        ("tally-bench", 60)
    ]


def test_the_torn_file_does_not_parse(arena: tuple[Path, Truth]) -> None:
    folder, truth = arena
    text = (folder / truth.unparsable / f"{truth.unparsable}.json").read_text(encoding="utf-8")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert text.count('"instruction"') > 50


def test_descriptions(arena: tuple[Path, Truth]) -> None:
    folder, truth = arena
    for dataset in truth.datasets:
        said = yaml.safe_load((folder / dataset.name / "dataset.yaml").read_text(encoding="utf-8"))
        assert said["kind"] == dataset.kind
        assert tuple(said.get("parents", [])) == dataset.declared_parents
        found = resolve(folder / dataset.name)
        assert [f"{dataset.name}/{file.name}" for file in found.files] == [dataset.file]
        assert found.description.name == dataset.name
        assert tuple(found.description.domains) == dataset.domains


def test_exact_duplicates_are_the_planted_ones(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    found = {places for places in _groups(rows, lambda turns: turns).values() if len(places) > 1}
    assert set(truth.exact_duplicates) == found
    within = [group for group in found if len({place.dataset for place in group}) == 1]
    assert len(within) >= 10
    assert len(found) - len(within) >= 400


def test_shared_prompts_are_the_planted_ones(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for places in _groups(rows, _prompt).values():
        for pair in combinations(sorted({place.dataset for place in places}), 2):
            counts[pair] += 1
    assert {(shared.a, shared.b): shared.prompts for shared in truth.shared_prompts} == counts


def test_reasoning_stands_where_the_truth_says(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    for dataset in truth.datasets:
        found = [
            place.row
            for place, turns in rows.items()
            if place.dataset == dataset.name and turns[-1][0] == "assistant" and "<think>" in turns[-1][1]
        ]
        assert tuple(found) == dataset.think, dataset.name
    assert sum(len(dataset.think) for dataset in truth.datasets) > 250


def test_leaks(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    verbatim = {
        (item, place)
        for places in _groups(rows, _prompt).values()
        for item in places
        for place in places
        if item.dataset == "tally-bench" and place.dataset != "tally-bench"
    }
    assert {(leak.item, leak.row) for leak in truth.leaks if leak.how == "verbatim"} == verbatim
    hows = defaultdict(int)
    for leak in truth.leaks:
        hows[leak.how] += 1
        item, row = rows[leak.item], rows[leak.row]
        question, whole = _words(_question(item)), _words(" ".join(text for _, text in row))
        answers = [text for role, text in row if role == "assistant"]
        assert leak.with_answer == (item[-1][1] in answers)
        if leak.how == "embedded":
            assert question in whole
            assert _prompt(item) != _prompt(row)
        if leak.how == "edited":
            assert question not in whole
            numbers = re.findall(r"\d+", question)
            assert re.findall(r"\d+", _words(_question(row))) == numbers
            assert len(set(question.split()) - set(whole.split())) <= 4
    assert hows == {"verbatim": 18, "edited": 8, "embedded": 7}


def test_near_duplicates_are_alike_but_not_equal(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    pairs = truth.near_duplicates
    assert len(pairs) >= 40
    for pair in pairs:
        one, other = rows[pair.original[0]], rows[pair.edited[0]]
        assert one != other
        assert {rows[place] for place in pair.original} == {one}
        assert {rows[place] for place in pair.edited} == {other}
        a, b = _shingles(one), _shingles(other)
        assert pair.jaccard == pytest.approx(len(a & b) / len(a | b), abs=1e-4)
        assert 0.4 < pair.jaccard < 1
    assert sorted(pair.jaccard for pair in pairs)[len(pairs) // 2] > 0.7


def _shingles(turns: Conversation) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", " ".join(text for _, text in turns).lower())
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def test_parents(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    edges = {(edge.child, edge.parent): edge for edge in truth.edges}
    relations = {edge.relation for edge in truth.edges}
    assert relations == {"inclusion", "refinement", "mixture", "none"}
    for dataset in truth.datasets:
        assert {parent for (child, parent), edge in edges.items() if child == dataset.name and edge.declared} == set(
            dataset.declared_parents
        )
    by_prompt = _groups(rows, _prompt)
    for (child, parent), edge in edges.items():
        known = {key for key, places in by_prompt.items() if any(place.dataset == parent for place in places)}
        held = [place for key in known for place in by_prompt[key] if place.dataset == child]
        whole = [key for key in known if any(place.dataset == child for place in by_prompt[key])]
        if edge.relation == "inclusion":
            assert len(whole) == len(known)
        if edge.relation == "none":
            assert (edge.taken, held) == (0, [])
        else:
            assert edge.taken > 0
            assert held
    hidden = [edge for edge in truth.edges if not edge.declared]
    assert [(edge.child, edge.parent) for edge in hidden] == [("all-round", "porch-talk")]


def test_sums_and_answers_are_right(rows: Rows) -> None:
    checked = 0
    for turns in rows.values():
        answer = turns[-1][1]
        for left, sign, right, result in re.findall(r"(\d+) ([-+*]) (\d+) = (\d+)", answer):
            expected = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}[sign](int(left), int(right))
            assert expected == int(result), answer
            checked += 1
    assert checked > 3000


def test_the_last_sum_is_the_answer_given(rows: Rows) -> None:
    checked = 0
    for place, turns in rows.items():
        if place.dataset not in ("count-tales", "count-tales-thought"):
            continue
        sums = re.findall(r"= (\d+)", turns[-1][1])
        given = re.findall(r"\d+", turns[-1][1])
        if sums:
            assert given[-1] == sums[-1], turns
            checked += 1
    assert checked > 600


def test_code_does_what_its_answer_says(rows: Rows) -> None:
    checked = 0
    for place, turns in rows.items():
        found = re.search(r"```python\n(.*?)\n```\n.*?`(\w+\(\[.*?\]\))`.*?`(.*)`", turns[-1][1], re.DOTALL)
        if place.dataset != "snippet-shop" or found is None:
            continue
        space: dict[str, object] = {}
        exec(found[1], space)
        assert repr(eval(found[2], space)) == found[3], turns
        checked += 1
    assert checked > 300


def test_texts_vary(arena: tuple[Path, Truth], rows: Rows) -> None:
    _, truth = arena
    for dataset in truth.datasets:
        own = [turns for place, turns in rows.items() if place.dataset == dataset.name]
        openings = {" ".join(_question(turns).split()[:6]) for turns in own}
        assert len(openings) >= min(50, len(own) // 4), dataset.name
