"""Without the data it needs an axis is not_applicable and says how to fetch it; once it is here, it is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoring_lake import fill, scores

from lake.catalog import Lake
from pipelines.command.health import resources
from pipelines.score import score
from scorers import o200k_table
from scorers.catalogue import catalogue
from scorers.resources import bpe_table, punkt_model, spacy_model


def test_what_tests_need_is_here() -> None:
    for entry in catalogue().entries():
        if entry.scorer.name != "textbook":  # its model is fetched by whoever wants it
            assert entry.scorer.absence(entry.scorer.settings()) == "", entry.scorer.name


def test_axes_without_their_data_say_so_and_are_measured_later(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, "set", [("Say hello", "Hello world")])
    with monkeypatch.context() as absent:
        absent.setattr(bpe_table, "o200k_table", lambda: None)
        report = score(lake, axes=["token_length", "str_length"])
        assert {part.axis: part.statuses for part in report.axes} == {
            "token_length": {"not_applicable": 1},
            "str_length": {"ok": 1},
        }
        ((_, _, version, value, status, detail),) = scores(lake, "token_length")
        assert (version, value, status) == ("1+without=bpe_table", None, "not_applicable")
        assert str(detail).startswith("the table of o200k_base is not here; fetch it with: pip install -e '.[text]'")
        assert {part.axis: part.skipped for part in score(lake, axes=["token_length"]).axes} == {"token_length": 1}
        # A model that nobody has fetched is told of too.
        lacking = [each for each in resources() if each.status == "warn" and each.subject != "textbook model"]
        assert [(finding.subject, finding.message) for finding in lacking] == [
            (
                "bpe table",
                "the table of o200k_base is not here; not_applicable: "
                "response_token_length, token_entropy, token_length, unique_ntoken",
            )
        ]
        assert lacking[0].hint.startswith("pip install")
    score(lake)
    assert [row[2:] for row in scores(lake, "token_length")] == [("1", 5.0, "ok", None)]
    assert all(each.status == "ok" for each in resources() if each.subject != "textbook model")


def test_the_cache_of_tiktoken_is_looked_at_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = o200k_table.o200k_table()
    assert table is not None
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    place = next(iter(o200k_table._places()))
    assert place.parent == tmp_path
    monkeypatch.setattr(o200k_table, "_places", lambda: [place])
    find = o200k_table.o200k_table.__wrapped__
    assert find() is None
    place.write_bytes(table[:-1])
    assert find() is None
    place.write_bytes(table)
    assert find() == table


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    table = tmp_path / "cut.tiktoken"
    table.write_text("IQ== 0\n")
    assert bpe_table.absence({"encoder": str(table)}) == f"{table} is not the table of o200k_base"
    folder = tmp_path / "no-tokenizer"
    folder.mkdir()
    assert bpe_table.absence({"encoder": str(folder)}).startswith(f"the tokenizer '{folder}' cannot be loaded")
    reason = spacy_model.absence({"model": "xx_no_such_pipeline"})
    assert reason.startswith("the spaCy pipeline 'xx_no_such_pipeline' is not here; fetch it with: pip install")


def test_the_packaged_punkt_model_has_the_size_of_nltks() -> None:
    model = punkt_model._of_package()
    assert model is not None
    counts = [len(model.abbrev_types), len(model.collocations), len(model.sent_starters), len(model.ortho_context)]
    assert counts == [156, 37, 39, 20366]
