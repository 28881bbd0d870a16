"""The interactive SQL shell, driven through a real pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pytest
from command_process import ROOT, command

from pipelines.command.shell.shell import complete_statement

PROMPT = "oda"
SECONDS = 40.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z~]|\x1b[=>]|\x1b\][^\x07]*\x07")


class Terminal:
    """A process on a terminal of its own: type into it, wait for what it shows."""

    def __init__(self, arguments: list[str], **environment: str) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        self.process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", **environment},
            start_new_session=True,
            # Without a controlling terminal Ctrl-C would reach nobody.
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(slave)
        self.raw = ""

    @property
    def shown(self) -> str:
        """Everything shown so far, without escape sequences."""
        return _ESCAPES.sub("", self.raw)

    def _read(self, timeout: float) -> bool:
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        if b"\x1b[6n" in data:  # the question where the cursor stands
            os.write(self.master, b"\x1b[1;1R")
        self.raw += data.decode("utf-8", "replace")
        return bool(data)

    def wait_for(self, text: str, *, after: int = 0) -> int:
        """Read until the text is shown after a position; returns the position behind it."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = self.shown.find(text, after)
            if found >= 0:
                return found + len(text)
            self._read(0.2)
        raise AssertionError(f"{text!r} was not shown after {self.shown[after:]!r}")

    def enter(self, text: str, expected: str) -> None:
        """Type a line, wait for an answer that is not in the line itself, and for the next prompt."""
        assert expected not in text
        position = len(self.shown)
        os.write(self.master, text.encode() + b"\r")
        position = self.wait_for(expected, after=position)
        self.wait_for(PROMPT, after=position)

    def clear(self) -> None:
        """Press Ctrl-C at the prompt."""
        os.write(self.master, b"\x03")
        time.sleep(0.5)

    def finish(self) -> int:
        """Wait for the end of the process; returns its exit status."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read(0.1)
        return self.process.wait(1)

    def close(self) -> None:
        """End the process if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


@pytest.fixture(scope="module")
def standing(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small lake for the tests of this file."""
    copy = tmp_path_factory.mktemp("shell") / "home"
    shutil.copytree(template, copy)
    return copy


@pytest.fixture(scope="module")
def shell(standing: Path) -> Iterator[Terminal]:
    """One shell for the tests that leave it at an empty prompt; starting one takes a second or more."""
    terminal = Terminal(command("sql", "--home", standing))
    terminal.wait_for(PROMPT)
    yield terminal
    terminal.close()


def test_statements_and_dot_commands(shell: Terminal, standing: Path) -> None:
    shell.enter("select dataset, rows from datasets;", "sums      120")
    shell.enter("selec 1;", "syntax error")
    shell.enter("delete from samples;", "--write")
    shell.enter(".tables", "one row per sample with a column per axis")
    shell.enter(".schema samples", "XXH3-128 of roles and texts")
    shell.enter(".schema sampls", "Did you mean samples")
    shell.enter(".mode csv", "shown as csv")
    shell.enter("select null as a, '' as b;", ',""')
    shell.enter(".mode table", "shown as table")
    shell.enter(".rows 2", "A table shows 2 rows")
    shell.enter("select i from range(7) r(i);", "2 of 7 rows shown")
    shell.enter(".at 1", "as it was at snapshot 1")
    assert "oda@1>" in shell.shown
    shell.enter("select count(*) as n from samples;", "0")
    shell.enter(".at", "as it is now")
    shell.enter(".what", "Unknown command")
    shell.enter(".help", "Ctrl-C stops a running query")
    assert "select dataset, rows from datasets;" in (standing / "sql_history").read_text()


def test_a_statement_may_take_several_lines(shell: Terminal) -> None:
    position = len(shell.shown)
    os.write(shell.master, b"select 40 +\r")
    shell.wait_for("...", after=position)
    shell.enter(" 2 as answer;", "42")


def test_tab_completes_relations_and_columns(shell: Terminal) -> None:
    position = len(shell.shown)
    os.write(shell.master, b"select rejec\t")
    shell.wait_for("rejected", after=position)
    shell.clear()
    position = len(shell.shown)
    os.write(shell.master, b".sch\t")
    shell.wait_for("schema", after=position)
    shell.enter(" datasets", "name, unique in the lake")


def test_ctrl_c_at_the_prompt_clears_the_line(shell: Terminal) -> None:
    os.write(shell.master, b"select garbage")
    shell.wait_for("garbage")
    shell.clear()
    shell.enter("select 6 * 7 as answer;", "42")


ENDLESS = (
    "select sum(hash(i)) from range(100000000000) r(i)",
    # DuckDB itself does not stop this one: billions of rows come from one chunk.
    "select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range % 7 = b.range % 5",
)


@pytest.mark.slow
@pytest.mark.parametrize("query", ENDLESS)
def test_ctrl_c_stops_the_query_and_not_the_shell(shell: Terminal, query: str) -> None:
    position = len(shell.shown)
    os.write(shell.master, query.encode() + b";\r")
    shell.wait_for(query[-5:], after=position)
    time.sleep(1.0)
    os.write(shell.master, b"\x03")
    shell.wait_for("Stopped.", after=position)
    shell.enter("select 6 * 7 as answer;", "42")


def test_ctrl_d_leaves_also_while_a_query_cannot_be_stopped(shell: Terminal) -> None:
    os.write(shell.master, b"\x04")
    assert shell.finish() == 0


def test_ctrl_c_ends_a_single_query(template: Path) -> None:
    terminal = Terminal(command("sql", ENDLESS[1], "--home", template))
    try:
        time.sleep(4.0)
        os.write(terminal.master, b"\x03")
        assert terminal.finish() == 130
        assert "Interrupted." in terminal.shown
    finally:
        terminal.close()


def test_writing_is_announced_and_done(home: Path) -> None:
    terminal = Terminal(command("sql", "--write", "--home", home))
    try:
        terminal.wait_for("oda!>")
        terminal.enter("delete from rejects;", "1 row changed; this is snapshot")
        os.write(terminal.master, b".quit\r")
        assert terminal.finish() == 0
    finally:
        terminal.close()


def test_no_color_is_respected_on_a_terminal(home: Path) -> None:
    coloured = Terminal(command("sql", "select null as n", "--home", home))
    plain = Terminal(command("sql", "select null as n", "--home", home), NO_COLOR="1")
    try:
        coloured.wait_for("1 row")
        plain.wait_for("1 row")
        assert "\x1b[2;3mNULL" in coloured.raw
        assert "\x1b[" not in plain.raw
    finally:
        coloured.close()
        plain.close()


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("select 1;", True),
        ("select 1", False),
        ("select ';", False),
        ("select ';';", True),
        ("select 1 -- no;", False),
        ("select 1 -- no\n;", True),
        ("select 1 /* ; */;", True),
        ("select 1 /* ;", False),
        ('select "a;', False),
        (".tables", True),
        ("", True),
    ],
)
def test_where_a_statement_ends(text: str, complete: bool) -> None:
    assert complete_statement(text) is complete
