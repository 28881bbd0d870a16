"""Parity forms of the axes of models give what the reference gave by the same tiny models, value by value."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from golden_models import Rows, engine, measure, recorded, sample

from scorers.batch import Batch
from scorers.catalogue import catalogue
from scorers.signals import example, yes
from scorers.signals.asking import Sample, answers

pytestmark = pytest.mark.slow

LLAMA, BOS = "causal_llama", "causal_llama_bos"
LLAMA_REWARD, GPT2, RATER = "reward_llama", "reward_gpt2", "rater6_modernbert"
EVEN = {"svd_tokens": 48, "states": "even"}
WEIGHTS = {"weight": 0.7, "alpha": 0.2, "questions": "rating_prompts.txt"}


@dataclass(frozen=True)
class Case:
    """An axis, or all of a scorer, beside a run of the reference.

    - variant: of the recorded file; None is its first run.
    - most: tokens read.
    - tolerance: relative; the goldens were computed in another order of sums.
    - fields: axis -> field of what is recorded; none where that is a number.
    - failures: what the reference stores where this project stores a status.
    - options: of the scorer; other: the second model.
    - of: what the reference read of a sample.
    """

    scorer: str
    reference: str
    model: str
    most: int
    variant: int | None = None
    tolerance: float = 1e-5
    fields: dict[str, str] = field(default_factory=dict)
    failures: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    other: str = ""
    of: Callable[[dict[str, Any]], Sample] = sample

    def __str__(self) -> str:
        return f"{self.scorer}-{'first' if self.variant is None else self.variant}"


def without_input(row: dict[str, Any]) -> Sample:
    """The reference's norm_loss reads a field that does not exist; its thinking_prob reads none."""
    return Sample(row["instruction"], row["output"])


def with_line_feed(row: dict[str, Any]) -> Sample:
    """The reference's Skywork scorers keep the line feed before an input that is there and empty."""
    found = sample(row)
    return found if row["input"] else replace(found, instruction=found.instruction + "\n")


def by_matrix(axis: str, name: str) -> dict[str, str]:
    return {f"{axis}_{matrix}": f"{matrix.upper()}_{name}" for matrix in "qkvo"}


RANKS, NUCLEAR = by_matrix("effective_rank", "EffectiveRank"), by_matrix("nuclear_norm", "NuclearNorm")
QUALITIES = {
    f"qurate_{name}": f"{'facts_and_trivia' if name == 'facts_trivia' else name}_score"
    for name in ("writing_style", "required_expertise", "facts_trivia", "educational_value")
}

CASES = (
    Case("ppl", "PPL", LLAMA, 256, failures=(0.0,)),
    Case("ppl", "PPL", BOS, 256, 1, failures=(0.0,)),
    Case("ppl", "PPL", LLAMA, 64, 2, failures=(0.0,)),
    Case("norm_loss", "NormLoss", LLAMA, 256, of=without_input, failures=(0.0,)),
    Case("norm_loss", "NormLoss", BOS, 256, 1, of=without_input, failures=(0.0,)),
    Case("upd", "UPD", LLAMA, 256, failures=(0.0,)),
    Case("upd", "UPD", BOS, 64, 1, failures=(0.0,)),
    Case("hes", "HES", LLAMA, 256, fields={"hes": "score"}, failures=(0.0,)),
    Case("hes", "HES", LLAMA, 256, 2, fields={"hes": "score"}, failures=(0.0,), options={"cutoff": 0.1}),
    Case("hes", "HES", BOS, 64, 3, fields={"hes": "score"}, failures=(0.0,), options={"cutoff": 0.05}),
    Case("ifd", "IFD", LLAMA, 256, failures=(-1.0,)),
    Case("ifd", "IFD", BOS, 256, 1, failures=(-1.0,)),
    Case("ifd", "IFD", LLAMA, 64, 2, failures=(-1.0,)),
    Case("selectit_token", "SelectitToken", LLAMA, 512, options={"questions": "rating_prompts.txt"}),
    Case("selectit_sentence", "SelectitSentence", LLAMA, 512, options={"questions": "rating_prompts.txt"}),
    Case("selectit_model", "SelectitModel", LLAMA, 512, options=WEIGHTS, other=BOS),
    Case("thinking_prob", "ThinkingProb", "causal_llama_think", 0, of=without_input),
    Case("deita_complexity", "DeitaC", "causal_llama_v32k", 256),
    Case("deita_quality", "DeitaQ", "causal_llama_v32k", 256),
    Case("skywork_llama", "SkyworkLlama", LLAMA_REWARD, 512, of=with_line_feed),
    Case("skywork_qwen", "SkyworkQwen", LLAMA_REWARD, 512, of=with_line_feed),
    Case("inf_orm", "InfOrm", "reward_llama_mlphead", 512, tolerance=1e-4),
    Case("athene_rm", "Athene", "reward_llama_vhead", 512, tolerance=1e-4),
    Case("rm_deberta", "RMDeBERTa", "reward_deberta", 256),
    Case("gpt2_harmless", "Gpt2Harmless", GPT2, 512),
    Case("gpt2_helpful", "Gpt2Helpful", GPT2, 512),
    Case("fineweb_edu", "FinewebEdu", "regressor_bert", 256),
    Case("cleanliness", "Cleanliness", RATER, 256),
    Case("professionalism", "Professionalism", RATER, 256),
    Case("readability", "Readability", RATER, 256),
    Case("reasoning", "Reasoning", RATER, 256),
    Case("deberta_quality", "Deberta", "quality_deberta", 256, tolerance=0),
    Case("qurate", "QuRate", "rater4_llama", 0, fields=QUALITIES, options={"size": 128}),
    Case("embed_svd_entropy", "EmbedSVDEntropy", LLAMA, 256, failures=(0.0,)),
    Case("embed_svd_entropy", "EmbedSVDEntropy", LLAMA, 256, 1, failures=(0.0,), options=EVEN),
    Case("embed_svd_entropy", "EmbedSVDEntropy", LLAMA, 256, 2, failures=(0.0,), options={"svd_tokens": 48}),
    Case("grand", "GraNd", LLAMA, 256, failures=("NaN", 0.0)),
    Case("grand", "GraNd", BOS, 256, 0, failures=("NaN", 0.0)),
    Case("effective_rank", "EffectiveRank", LLAMA, 256, fields=RANKS, failures=(0.0,), tolerance=1e-4),
    Case("effective_rank", "EffectiveRank", BOS, 256, 1, fields=RANKS, failures=(0.0,), tolerance=1e-4),
    Case("nuclear_norm", "NuclearNorm", LLAMA, 256, fields=NUCLEAR, failures=(0.0,)),
    Case("nuclear_norm", "NuclearNorm", BOS, 256, 1, fields=NUCLEAR, failures=(0.0,)),
)


@pytest.fixture(scope="module")
def rows(goldens: Path) -> Rows:
    return [json.loads(line) for line in (goldens / "public.jsonl").open()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_axes_equal_the_reference(case: Case, rows: Rows, goldens: Path) -> None:
    if case.scorer == "fineweb_edu":
        rows = [row for row in rows if not row["input"]]  # the reference has two line feeds only without one
    if case.scorer in ("grand", "effective_rank", "nuclear_norm"):
        rows = rows[::3]  # a backward pass each
    if case.scorer == "hes" and case.most == 64:
        given = recorded(goldens, case.reference, case.variant)
        rows = [row for row in rows if not (given[row["id"]] or {}).get("truncated")]  # it encodes again what it cut
    options = dict(case.options)
    if "questions" in options:
        options["questions"] = str(goldens / options["questions"])
    models = {"model": engine(goldens / "tiny_models", case.model)}
    if case.other:
        models["other"] = engine(goldens / "tiny_models", case.other)
    samples = [case.of(row) for row in rows]
    columns = measure(case.scorer, samples, models, parity=True, most=case.most, **options)
    wanted = recorded(goldens, case.reference, case.variant)
    for axis, column in columns.items():
        measured = 0
        for place, row in enumerate(rows):
            expected = wanted[row["id"]]
            expected = expected[case.fields[axis]] if case.fields and expected is not None else expected
            value, _, reason = column.outcome(place)
            if value is None:
                assert expected in (None, *case.failures), (row["id"], reason)
                continue
            measured += 1
            assert value == pytest.approx(expected, rel=case.tolerance, abs=1e-5 if case.tolerance else 0), row["id"]
        assert measured >= len(rows) * (0.5 if case.most == 64 else 0.9)


@pytest.mark.parametrize(
    ("variant", "model", "most", "answer"),
    [(None, LLAMA, 256, "yes"), (1, BOS, 256, "yes"), (2, LLAMA, 1024, " definitely yes")],
)
def test_ask_llm_equals_the_reference(
    variant: int | None, model: str, most: int, answer: str, rows: Rows, goldens: Path
) -> None:
    question = "Read the example and decide whether it is worth training on. Answer yes or no.\n\n"
    asked = yes.yes(question, answer, parity=True)
    found = answers(asked, engine(goldens / "tiny_models", model), [sample(row) for row in rows], most)
    wanted = recorded(goldens, "AskLlm", variant)
    for row, (values, failed) in zip(rows, found, strict=True):
        value = -100.0 if failed else values["log_probabilities"][0]
        assert value == pytest.approx(wanted[row["id"]], rel=1e-5), row["id"]
    assert sum(failed is None for _, failed in found) > 140


def test_task2vec_equals_the_reference(rows: Rows, goldens: Path) -> None:
    from scorers.signals import gradient

    model = engine(goldens / "tiny_models", "causal_gpt2")
    found = answers(gradient.fisher(parity=True), model, [sample(row) for row in rows[:40]], 48)
    vectors = np.array([values["fisher"] for values, _ in found])
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    apart = 1 - ((units.sum(0) ** 2).sum() - 40) / (40 * 39)
    assert apart == pytest.approx(recorded(goldens, "Task2Vec", 0)["score"], rel=1e-5)
    assert model.calls.backwards == 0


def test_textbook_equals_the_reference(rows: Rows, goldens: Path) -> None:
    asked = pa.array([sample(row).instruction for row in rows])
    batch = Batch(pa.table({"instruction": asked, "response": [row["output"] for row in rows]}))
    entry = catalogue().entry("textbook")
    settings = entry.scorer.settings(parity=True, model=str(goldens / "tiny_models" / "fasttext_quality"))
    column = entry.score(batch, settings)["textbook"]
    wanted = recorded(goldens, "Textbook")
    values = {row["id"]: column.outcome(place)[0] for place, row in enumerate(rows)}
    absent = {name for name, value in values.items() if value is None}
    assert absent == {"edge-all-empty"}
    assert {name: value for name, value in values.items() if value is not None} == pytest.approx(
        {name: value for name, value in wanted.items() if name not in absent}, rel=1e-5, abs=1e-6
    )


@pytest.mark.parametrize(("variant", "model"), [(None, LLAMA), (0, BOS)])
def test_miwv_equals_the_reference(variant: int | None, model: str, rows: Rows, goldens: Path) -> None:
    wanted = recorded(goldens, "MIWV", variant)
    by_id = {row["id"]: sample(row) for row in rows}
    shown = []
    for row in rows:
        nearest = by_id[wanted[row["id"]]["most_similar_id"]]
        shown.append(replace(by_id[row["id"]], example=(nearest.instruction, nearest.response)))
    losses = []
    for signal in (example.zero_shot(parity=True), example.after_example(parity=True)):
        found = answers(signal, engine(goldens / "tiny_models", model), shown, 512)
        losses.append([None if failed else -v["answer_log_probability"] / v["answer_tokens"] for v, failed in found])
    compared = 0
    for row, without, after in zip(rows, *losses, strict=True):
        if without is None or after is None:
            continue
        compared += 1
        assert after - without == pytest.approx(wanted[row["id"]]["score"], rel=1e-4, abs=2e-5), row["id"]
    assert compared > 180


@pytest.mark.parametrize(
    ("form", "ends", "tolerance"), [("effective_rank", RANKS, 1e-4), ("nuclear_norm", NUCLEAR, 1e-3)]
)
def test_spectra_of_several_layers_equal_the_reference(
    form: str, ends: dict[str, str], tolerance: float, rows: Rows, goldens: Path
) -> None:
    from scorers.signals import gradient

    chosen = rows[1::7]
    asked = gradient.gradient(layers=(0, 1), form=form)
    found = answers(asked, engine(goldens / "tiny_models", LLAMA), [sample(row) for row in chosen], 256)
    wanted = recorded(goldens, "EffectiveRank" if form == "effective_rank" else "NuclearNorm", 0)
    compared = 0
    for row, (values, failed) in zip(chosen, found, strict=True):
        for axis, part in ends.items():
            if failed is not None:
                assert wanted[row["id"]] is None or wanted[row["id"]][part] == 0, (row["id"], failed)
                continue
            compared += 1
            assert values[axis] == pytest.approx(wanted[row["id"]][part], rel=tolerance), (row["id"], axis)
    assert compared > 80


def test_the_spectrum_of_the_last_states_equals_the_reference(rows: Rows, goldens: Path) -> None:
    from scorers.signals import spectrum

    asked = spectrum.spectrum(48, parity=True)
    found = answers(asked, engine(goldens / "tiny_models", LLAMA), [sample(row) for row in rows], 256)
    wanted = recorded(goldens, "EmbedSVDEntropy", 2)
    for row, (values, failed) in zip(rows, found, strict=True):
        value = 0.0 if failed else values["entropy"]
        assert value == pytest.approx(wanted[row["id"]], rel=1e-4, abs=1e-6), row["id"]


def test_a_prompt_of_ones_own_equals_the_reference(rows: Rows, goldens: Path) -> None:
    from scorers.signals import answer

    plain = [row for row in rows if not row["input"]]  # with an input the reference takes a second template
    template = "Question: {instruction}\nAnswer: "
    losses = []
    for signal in (answer.given_prompt(template, parity=True), answer.alone(template, parity=True)):
        found = answers(signal, engine(goldens / "tiny_models", LLAMA), [sample(row) for row in plain], 256)
        losses.append([None if failed else -v["answer_log_probability"] / v["answer_tokens"] for v, failed in found])
    wanted = recorded(goldens, "IFD", 3)
    compared = 0
    for row, given, alone in zip(plain, *losses, strict=True):
        if given is None or alone is None:
            assert wanted[row["id"]] == -1, row["id"]
            continue
        compared += 1
        assert np.exp(given - alone) == pytest.approx(wanted[row["id"]], rel=1e-3), row["id"]
    assert compared > 100
