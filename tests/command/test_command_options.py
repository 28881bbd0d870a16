"""Every option and argument of every command is given nonsense: it is refused by name, never ignored, never a defect."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command_process import Oda

from pipelines.command.main import app, main

HUGE, SURROGATE = "9" * 30, "\udcff"
WRONG = ("abc§", "-1", HUGE, "nosuch", "", "nan", SURROGATE, "\x00")

NEEDS: dict[str, dict[str, str]] = {
    "ingest": {"PATH": "nosuch.jsonl"},
    "head": {"NAME": "sums"},
    "judge calibrate": {"AXIS": "str_length", "--labels": "nosuch.csv"},
    "judge order": {"AXIS": "str_length"},
    "axes train": {"NAME": "some_axis", "--positive": "from samples", "--negative": "from samples"},
    "models fetch": {"NAME": "gpt-4.1-nano"},
    "dedup explain": {"SAMPLE_ID": "4294967296"},
    "lineage": {"DATASET": "sums"},
    "lineage review": {"CHILD": "sums", "PARENT": "nosuch", "--accept": ""},
    "explain edge": {"DATASET": "sums", "OTHER": "sums"},
    "slice create": {"NAME": "some", "--sql": "select 1"},
    "slice show": {"NAME": "one"},
    "slice diff": {"FIRST": "one", "SECOND": "one"},
    "slice verify": {"NAME": "one"},
    "slice drop": {"NAME": "nosuch"},
    "slice weights": {"--axes": "str_length", "--plan": ""},
    "restore": {"DATASET": "nosuch", "--at": "1"},
    "evaluate run": {"MODEL": "r", "--benchmark": "gsm8k", "--plan": ""},
    "train run": {"SUBJECT": "one", "--recipe": "tiny", "--base": "nosuch", "--plan": ""},
    "evaluate import": {"FILE": "nosuch.json", "--name": "some"},
    "leaderboard compare": {"FIRST": "nosuch", "SECOND": "other"},
    "export": {"SUBJECT": "one", "--to": "jsonl", "--output": "out"},
    "sql": {"QUERY": "from datasets", "--write": ""},
}
"""What a command needs beside what is tried, so that only that is wrong."""

TAKEN = {
    ("sql", "--message"), ("sql", "--output"), ("export", "--output"), ("export", "--reasoning"),
    ("axes train", "--description"),
    ("axes train", "NAME"), ("slice create", "NAME"), ("ingest", "--license"), ("ingest", "--domain"),
    ("ingest", "--parent"), ("ingest", "--name"), ("ingest", "--description-file"), ("ingest", "PATH"),
    ("lineage", "--html"), ("lineage", "--output"), ("lineage review", "--note"), ("ui", "--host"), ("demo", "--keep"),
    ("sql", "QUERY"), ("embed", "--model"), ("judge calibrate", "--threshold"),
    ("models fetch", "--to"),
    ("leaderboard show", "--output"),
    ("evaluate import", "--name"), ("evaluate import", "--subject"), ("evaluate import", "--base"),
    ("evaluate import", "--recipe"), ("train run", "--base"), ("evaluate run", "MODEL"),
}  # fmt: skip
"""Free texts, new names and places: nonsense may be a value, or fail as one; it must not break anything."""

LONG = {("demo", "--keep"), ("demo", "--home"), ("ui", "--host"), ("ui", "--home"), ("embed", "--model")}
"""Where what is taken begins a long job: only what cannot be taken is tried."""

UNTAKEABLE = ("", SURROGATE, "\x00")


def commands(group: Any, context: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(path, command, its context) of every command and every group that does something by itself."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = type(context)(command, info_name=name, parent=context)
        here = f"{path} {name}".strip()
        if not hasattr(command, "list_commands") or command.invoke_without_command:
            yield here, command, inner
        if hasattr(command, "list_commands"):
            yield from commands(command, inner, here)


def every_parameter() -> list[Any]:
    group: Any = typer.main.get_command(app)
    context = group.make_context("oda", ["--help"], resilient_parsing=True)
    found = []
    for path, command, inner in commands(group, context):
        for parameter in command.get_params(inner):
            if parameter.name == "help" or getattr(parameter, "is_flag", False):
                continue
            label = parameter.metavar if parameter.param_type_name == "argument" else max(parameter.opts, key=len)
            found.append(pytest.param(path, label, parameter.param_type_name == "argument", id=f"{path} {label}"))
    return found


PARAMETERS = every_parameter()


def test_the_walk_finds_every_command() -> None:
    paths = {parameter.values[0] for parameter in PARAMETERS}
    assert len(PARAMETERS) > 75
    assert {"dedup", "dedup explain", "axes list", "axes train", "slice create", "slice show", "sql", "ui"} <= paths


@pytest.fixture(scope="session")
def sliced(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small lake with one slice and one board; nothing below changes it."""
    home = tmp_path_factory.mktemp("sliced") / "home"
    shutil.copytree(template, home)
    sql = "select sample_id from samples limit 3"
    assert main(["slice", "create", "one", "--sql", sql, "--home", str(home), "--quiet"]) == 0
    run = "insert into training_runs by name select 'r' as run, 'trained' as role, 'one' as subject, 'm' as base, 'x' as recipe, 'lake' as origin"
    value = "insert into evaluations by name select 'r' as run, 'gsm8k' as benchmark, true as counted, 'math' as \"domain\", 50.0 as \"value\", 'ok' as status"
    for write in (run, value):
        assert main(["sql", "--write", write, "--home", str(home), "--quiet"]) == 0
    return home


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what a free text makes is made here
    monkeypatch.setattr("sys.stdin", (tmp_path / "nothing").open("w+"))


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("path", "label", "argument"), PARAMETERS)
def test_nonsense_is_refused_by_name(sliced: Path, oda: Oda, path: str, label: str, argument: bool) -> None:
    taken = (path, label) in TAKEN or label == "--home"
    # Four of them a run, drawn: a parameter that takes one wrong value takes it in the run after this one too.
    for wrong in random.sample(WRONG, 4) if (path, label) not in LONG else UNTAKEABLE:
        ran = oda(*path.split(), *arguments(sliced, path, label, wrong, argument=argument))
        assert ran.status != 70, (wrong, ran.err)
        if taken and wrong not in UNTAKEABLE:
            continue
        assert ran.status == 2, (wrong, ran.status, ran.out, ran.err)
        assert argument or label in ran.err or "The query of" in ran.err, (wrong, ran.err)
        assert len(ran.err.splitlines()) >= 2, ran.err  # what is wrong, and what is accepted or where to look


def arguments(home: Path, path: str, label: str, value: str, *, argument: bool) -> list[str]:
    """The rest of a command line on which `label` has the value and everything else is right."""
    given = {"--home": str(home), **NEEDS.get(path, {})}
    if label == "--file":
        given = {name: text for name, text in given.items() if name not in ("--sql", "QUERY")}
    given[label] = value
    options = [f"{name}={text}" if text or name == label else name for name, text in given.items() if name[0] == "-"]
    positional = [text for name, text in given.items() if name[0] != "-"]
    return [*options, "--", *positional] if positional else options


def test_every_scorer_option_refuses_nonsense() -> None:
    from lake.errors import UsageError
    from scorers.catalogue import catalogue

    tried = 0
    for entry in catalogue().entries():
        for option in entry.scorer.options:
            free = isinstance(option.default, str) and type(option.accepted).__name__ == "Text"
            for wrong in UNTAKEABLE if free else ("abc", "-1", HUGE, "nan", "inf", *UNTAKEABLE):
                if wrong == option.default:
                    continue
                with pytest.raises(UsageError, match=rf"Option {entry.scorer.name}\.{option.name}"):
                    entry.scorer.settings(**{option.name: wrong})
                tried += 1
    assert tried > 150


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dedup --axis nosuch", "Unknown axis 'nosuch' (--axis)."),
        ("dedup --axis mtld", "No sample has a score on mtld (--axis)."),
        ("dedup --plan --prefer nosuch", "Unknown dataset 'nosuch' (--prefer)."),
        ("dedup --seed -1", "Invalid value for '--seed': '-1' is not a whole number from 0 to 2,147,483,647."),
        ("dedup --minimum 0", "Invalid value for '--minimum': '0' is not a whole number from 1"),
        ("dedup --view meaning --seed 3", "--seed has no effect with --view meaning."),
        ("dedup --view meaning --plan", "Of meanings there is no plan"),
        ("dedup --model some", "--model has no effect with --view sample."),
        ("dedup --seed 3 explain 4294967296", "--seed has no effect with explain."),
        ("score --plan --chunk-rows 5", "--chunk-rows has no effect with --plan."),
        ("score --axes mtld --option knn_distance.k=5", "Options of knn_distance have no effect"),
        ("score --axes mtld --option mtld.ttr_threshold=.5 --option mtld.ttr_threshold=.6", "has two values"),
        ("score --axes knn_distance --option knn_distance.k=nan", "Option knn_distance.k: 'nan' is not a whole number"),
        ("score --axes vendi --option vendi.metric=cosin", "Unknown metric of vendi 'cosin'"),
        ("datasets sums --kind train", "--kind has no effect with the name of a dataset."),
        ("datasets --yes", "--yes has no effect with anything but --drop."),
        ("datasets --kind nosuch", "Unknown kind of dataset 'nosuch'"),
        ("axes mtld --level sample", "--level has no effect with the name of an axis."),
        ("sql --message hello from+datasets", "--message has no effect with a query that only reads."),
        ("sql --limit-rows 3 --format csv from+datasets", "--limit-rows has no effect with anything but a table"),
        ("sql -p a=1 -p a=2 select+$a", "The parameter a has two values"),
        ("ingest x.jsonl --map instruction=a --map instruction=b", "The field instruction has two columns"),
        ("compact --expire -7+days", "Invalid value for '--expire': '-7 days' is not an interval"),
        ("compact --expire 900000+years", "Invalid value for '--expire': '900000 years' is not an interval"),
        ("export one --to jsonl -o out --at 99999", "There is no snapshot 99999"),
        ("export one --to jsonl", "An export needs a format and a folder; --output is missing."),
        ("export one --again -o out", "--output has no effect with --again."),
        ("export one --again --to oda", "The lake remembers no export of the slice 'one' to oda."),
    ],
)
def test_what_would_be_ignored_is_refused(sliced: Path, oda: Oda, line: str, said: str) -> None:
    ran = oda(*(part.replace("+", " ") for part in line.split()), "--home", sliced)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
