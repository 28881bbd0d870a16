"""What somebody types in the first ten minutes, right or not quite right."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_process import Oda

from pipelines.command.shell.shell import complete_statement


def test_short_help_and_the_word_help(oda: Oda) -> None:
    whole = oda("score", "--help").out
    assert whole.startswith("Usage: oda score")
    assert oda("score", "-h").out == oda("help", "score").out == whole
    assert oda("help", "slice", "create").out == oda("slice", "create", "-h").out
    assert oda("help").out == oda("-h").out == oda().out
    assert oda("models", "-h").out == oda("models", "--help").out


@pytest.mark.parametrize("word", ["help", "exit", "quit", "Exit", "quit;"])
def test_words_of_a_shell_end_with_enter(word: str) -> None:
    assert complete_statement(word)


def test_values_in_full_a_line_each(oda: Oda, template: Path) -> None:
    query = "select 'one\ntwo' as text, 1.5 as number, null as nothing, repeat('x', 100) as long, chr(27) as control"
    assert oda("sql", query, "--format", "vertical", "--home", template).out.splitlines() == [
        "── row 1 ──",
        "text     one",
        "         two",
        "number   1.5",
        "nothing  NULL",
        f"long     {'x' * 100}",
        "control  \\x1b",
    ]


def test_describing_a_relation_says_what_its_columns_hold(oda: Oda, template: Path) -> None:
    told = oda("sql", "describe samples", "--home", template).out.splitlines()
    assert told[0].split() == ["column", "type", "holds"]
    assert any(line.startswith("row_no ") and "row" in line.split("INTEGER")[-1].split("BIGINT")[-1] for line in told)
    assert "null  key" in oda("sql", "describe select 1 as a", "--home", template).out


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("-f top_by_axis -p axis=str_lenght", "Unknown axis 'str_lenght'.", "Did you mean str_length"),
        ("-f top_by_axis -p axis=mtld", "The axis mtld is not scored in this lake.", "oda score --axes mtld"),
        ("-f top_by_axis -p axis=vendi", "The axis vendi is one of whole datasets", "from dataset_scores"),
        ("-f top_by_axis -p axis=str_length -p cost=token_length", "The axis token_length is not scored", "oda score"),
        ("-f top_by_weights -p weights=str_length=1,mtdl=2", "Unknown axis 'mtdl'.", "Did you mean mtld"),
        ("-f random_sample -p datasets=summs", "Unknown dataset 'summs'.", "Did you mean sums"),
        ("-f parts_by_dataset -p parts=sums=1,nosuch=2", "Unknown dataset 'nosuch'.", "sums"),
        ("-f importance -p target=sum", "Unknown dataset 'sum'.", "Did you mean sums"),
        ("-f random_like -p slice=nosuch", "Unknown slice 'nosuch'.", "There is no slice yet."),
        ("--sql=select_sample_id_from_scored_where_mtld_>_2", "The axis mtld is not scored", "oda score --axes mtld"),
    ],
)
def test_names_in_a_recipe_are_looked_up(oda: Oda, home: Path, line: str, said: str, hint: str) -> None:
    words = [word.replace("_", " ", 8) if word.startswith("--sql") else word for word in line.split()]
    words = [word.replace("sample id", "sample_id") for word in words]
    ran = oda("slice", "create", "new", *words, "--home", home)
    first, second = ran.err.splitlines()[:2]
    assert (ran.status, first.startswith(f"Error: {said}"), hint in second) == (2, True, True), ran.err


def test_a_query_over_an_axis_that_is_not_scored_says_how_to_score_it(oda: Oda, template: Path) -> None:
    for query in ("select mtld from scored", "select s.mtld from scored as s"):
        ran = oda("sql", query, "--home", template)
        assert ran.err.splitlines() == [
            "Error: The axis mtld is not scored in this lake.",
            "Score it with: oda score --axes mtld",
        ]
    assert "not found" in oda("sql", "select nosuch from scored", "--home", template).err


def test_a_plan_is_a_line_a_dataset_and_an_axis_on_request(oda: Oda, template: Path) -> None:
    plan = ("score", "--axes", "str_length,think_or_not", "--plan", "--home", template)
    assert len(oda(*plan).out.splitlines()) == 1
    assert [line.split()[1] for line in oda(*plan, "--by-axis").out.splitlines()[2:4]] == ["str_length", "think_or_not"]


@pytest.mark.parametrize("kind", ["file", "below a file", "no right"])
def test_a_bad_home_is_an_error_of_the_user(
    oda: Oda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place = tmp_path / "place"
    place.write_text("mine")
    home = {"file": place, "below a file": place / "lake", "no right": Path("/proc/lake")}[kind]
    monkeypatch.setenv("ODA_HOME", str(home))
    for command in (["init"], ["datasets"], ["score"], ["sql", "from datasets"], ["ingest", str(place)]):
        ran = oda(*command)
        assert (ran.status in (1, 2), str(home) in ran.err, "defect" in ran.err) == (True, True, False), ran.err
    assert place.read_text() == "mine"


def test_an_export_prints_how_to_share_it(oda: Oda, home: Path, tmp_path: Path) -> None:
    import shlex

    from huggingface_hub.cli import hf

    ran = oda("export", "sums", "--to", "jsonl", "--output", tmp_path / "my export", "--home", home)
    [line] = [line for line in ran.err.splitlines() if "hf upload" in line]
    words = shlex.split(line.partition("hub: ")[2])
    group = hf.app
    command = group.get_command(group.make_context("hf", ["--help"], resilient_parsing=True), words[1]).materialize()
    given = command.make_context("upload", words[2:]).params
    assert (given["repo_id"], given["local_path"]) == ("sums", str(tmp_path / "my export"))
