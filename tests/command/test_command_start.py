"""The command as a whole: fast to start, helpful, and with the exit statuses it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_process import ROOT, Oda, command, process

import lake.settings
from pipelines.command import main as entry
from pipelines.command.main import COMMANDS

HEAVY = ("torch", "dagster", "datasets", "matplotlib", "pyarrow", "duckdb", "numpy", "pandas", "pydantic", "numba")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipelines.command.main import main; main(['--help']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "ingest" in done.stdout


def test_axes_and_sql_need_no_torch_and_no_dagster(template: Path) -> None:
    code = (
        "import sys; from pipelines.command.main import main; "
        f"main(['axes', '--json']); main(['sql', 'select 1', '--home', {str(template)!r}]); "
        "print([n for n in ('torch', 'dagster', 'datasets', 'matplotlib') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_overview_names_every_command(oda: Oda) -> None:
    shown = oda("--help")
    assert shown.status == 0
    for name in COMMANDS:
        assert f"\n  {name} " in shown.out
    assert shown.err == ""


def test_no_arguments_show_the_overview(oda: Oda) -> None:
    assert oda().out == oda("--help").out


@pytest.mark.parametrize("name", [*COMMANDS, "slice create", "slice list", "slice show", "slice verify", "slice drop"])
def test_every_command_has_help_with_an_example(oda: Oda, name: str) -> None:
    shown = oda(*name.split(), "--help")
    assert shown.status == 0
    summary = shown.out.split("\n\n")[1].strip()
    assert len(summary) > 20
    assert "\nExamples:\n  oda " in shown.out
    assert f"oda {name}" in shown.out.split("Examples:")[1]


@pytest.mark.parametrize("order", [("--json", "datasets"), ("datasets", "--json")])
def test_json_is_accepted_before_and_after_the_command(oda: Oda, template: Path, order: tuple[str, ...]) -> None:
    assert oda(*order, "--home", template).document[0]["dataset"] == "sums"


def test_home_is_accepted_before_the_command(oda: Oda, template: Path) -> None:
    assert "sums" in oda("--home", template, "datasets").out


def test_home_comes_from_the_environment(oda: Oda, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODA_HOME", str(template))
    assert "sums" in oda("datasets").out


def test_version(oda: Oda) -> None:
    assert oda("--version").out.startswith("oda 0.1.0 (DuckDB 1.5.5, Python 3.")
    assert oda("--json", "--version").document["duckdb"] == lake.settings.DUCKDB_VERSION


def test_unknown_command_suggests_the_nearest(oda: Oda) -> None:
    ran = oda("snapshot")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "Error: Unknown command 'snapshot'.\nDid you mean snapshots? See: oda --help\n"


def test_wrong_option_is_wrong_usage(oda: Oda) -> None:
    ran = oda("snapshots", "--limit", "none")
    assert ran.status == 2
    assert "See: oda snapshots --help" in ran.err
    assert oda("--json", "snapshots", "--limit", "none").error["exit_code"] == 2


def test_a_missing_lake_is_one_error_object_with_json(oda: Oda, tmp_path: Path) -> None:
    ran = oda("datasets", "--json", "--home", tmp_path / "none")
    assert (ran.status, ran.out) == (1, "")
    assert ran.error == {
        "error": "LakeError",
        "message": f"There is no lake in {tmp_path / 'none'}.",
        "hint": "Create one with: oda init — or name another with --home or ODA_HOME.",
        "exit_code": 1,
    }


def test_a_missing_lake_is_told_without_traceback(oda: Oda, tmp_path: Path) -> None:
    ran = oda("datasets", "--home", tmp_path / "none")
    assert ran.status == 1
    assert ran.err.startswith("Error: There is no lake in")
    assert "Traceback" not in ran.err
    assert "\x1b[" not in ran.err


def test_a_defect_leaves_its_traceback_in_a_file(oda: Oda, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_arguments: list[str]) -> int:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(entry, "_invoke", broken)
    ran = oda("datasets")
    assert ran.status == 70
    assert ran.err.splitlines()[0] == "Error: Unexpected RuntimeError: two"
    report = Path(oda("datasets", "--json").error["traceback"])
    assert "in broken" in report.read_text()


def test_a_defect_is_shown_in_full_when_asked(oda: Oda, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_arguments: list[str]) -> int:
        raise RuntimeError("why")

    monkeypatch.setattr(entry, "_invoke", broken)
    monkeypatch.setenv("ODA_DEBUG", "1")
    assert "Traceback (most recent call last)" in oda("datasets").err


def test_interrupt_says_how_to_go_on(oda: Oda, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "_invoke", interrupted)
    ran = oda("score")
    assert ran.status == 130
    assert "run the same command again to continue" in ran.err
    assert oda("score", "--json").error["error"] == "Interrupted"


def test_reader_of_the_output_may_leave_early(template: Path) -> None:
    query = "select i, repeat('x', 1000) from range(200000) r(i)"
    for form in ("csv", "json"):
        reader = subprocess.Popen(
            command("sql", query, "--format", form, "--home", template),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert reader.stdout is not None
        assert reader.stderr is not None
        reader.stdout.read(100)
        reader.stdout.close()
        assert reader.stderr.read() == b""
        assert reader.wait(60) == 141


def test_output_that_is_no_terminal_has_no_colour(template: Path) -> None:
    for arguments in (["datasets"], ["sql", "from datasets"], ["doctor"], ["--help"], ["axes"], ["sql", "--help"]):
        ran = process(*arguments, "--home", template)
        assert ran.out
        assert "\x1b[" not in ran.out + ran.err


def test_a_full_disk_behind_the_output_is_told(template: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("datasets", "--home", template),
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: Cannot write to standard output: No space left on device.\n"


def test_a_closed_output_is_written_to_by_nobody(template: Path) -> None:
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *map(str, command("datasets", "--home", template))]
    done = subprocess.run(shell, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_text_the_terminal_cannot_show_is_replaced(template: Path) -> None:
    ran = process("sql", "select 'é' as a", "--home", template, PYTHONIOENCODING="ascii")
    assert (ran.status, ran.out.splitlines()[2]) == (0, "?")
