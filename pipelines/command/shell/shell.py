"""The interactive SQL shell: statements until `;`, history, completion, Ctrl-C that stops a query and not the shell."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from contextlib import ExitStack

from prompt_toolkit import PromptSession
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import is_done
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import ColorDepth
from pygments.lexers.sql import SqlLexer  # type: ignore[import-untyped, unused-ignore]

from lake.catalog import Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.relations import quote
from pipelines.command import interrupts
from pipelines.command.query import Step, restrict, steps
from pipelines.command.query import run as run_query
from pipelines.command.session import Session
from pipelines.command.shell.completer import LakeCompleter
from pipelines.command.terminal import rows, table
from pipelines.command.terminal.results import column_comments, show

HISTORY = "sql_history"
SHOWN_ROWS = 40
MODES = ("table", "vertical", "csv", "json")
WORDS = {"help": ".help", "exit": ".quit", "quit": ".quit"}
"""What people type first, as the command it means."""

HELP = """\
Type SQL and end it with ; — for example: from datasets;
  .tables         what there is
  .schema NAME    columns of a relation and what they mean
  .at N           read everything as it was at snapshot N; .at alone goes back to now
  .mode MODE      show rows as table, vertical (a line a value, in full), csv or json
  .rows N         rows a table shows; 0 shows all
  .help  .quit    this text; leave (also help, exit, Ctrl-D)
Ctrl-C stops a running query. Tab completes names."""


def complete_statement(text: str) -> bool:
    """Whether Enter runs the text: a dot command, nothing, or SQL that ends in `;` outside quotes and comments."""
    stripped = text.strip()
    return not stripped or stripped.startswith(".") or stripped.lower() in WORDS or _ends(stripped)


def _ends(text: str) -> bool:
    if not text.endswith(";"):
        return False
    place, closing = 0, ""
    while place < len(text):
        if closing:
            found = text.find(closing, place)
            if found < 0:
                return False
            place, closing = found + len(closing), ""
        elif text.startswith("--", place):
            place, closing = place + 2, "\n"
        elif text.startswith("/*", place):
            place, closing = place + 2, "*/"
        elif text[place] in "'\"":
            closing = text[place]
            place += 1
        else:
            place += 1
    return True


class Shell:
    """One interactive session over a lake; `handle` takes one input and says whether to go on."""

    def __init__(self, session: Session, *, write: bool, at: int | None, free: bool = False) -> None:
        self.session = session
        self.out = session.out
        self.write = write
        self.free = free
        self.at = at
        self.mode = "table"
        self.limit = SHOWN_ROWS
        self._opened = ExitStack()
        self._left_behind: list[ExitStack] = []
        self.lake = self._open(at)

    def _open(self, at: int | None) -> Lake:
        opened = ExitStack()
        lake = opened.enter_context(self.session.lake(write=self.write and at is None, snapshot=at))
        restrict(lake, free=self.free)
        self._opened.close()
        self._opened = opened
        self.at = at
        self.lake = lake
        return lake

    def close(self) -> None:
        """Detach the lake."""
        self._opened.close()

    @property
    def prompt(self) -> str:
        """What stands before the input: which snapshot is read, and whether writing is on."""
        place = f"@{self.at}" if self.at is not None else ""
        return f"oda{place}{'!' if self.write and self.at is None else ''}> "

    def handle(self, text: str) -> bool:
        """Run one input; False when it asks to leave. Errors and Ctrl-C are told and end nothing."""
        try:
            stripped = text.strip()
            stripped = WORDS.get(stripped.rstrip("; ").lower(), stripped)
            if stripped.startswith("."):
                return self._dot(stripped)
            if stripped.strip("; \n"):
                part: list[Step] = []
                for step in steps(stripped, {}, free=self.free):
                    part.append(step)
                    if not step.prepares:
                        self._show(part)
                        part = []
        except OdaError as error:
            self.out.line(str(error), "red")
        except KeyboardInterrupt:
            if not interrupts.usable(self.lake):
                self._left_behind.append(self._opened.pop_all())  # not closed: that would wait for the query
                self._open(self.at)
            self.out.line("Stopped.", "yellow")
        self.out.flush()
        return True

    def _show(self, part: list[Step]) -> None:
        if self.mode == "table":
            show(self.out, self.lake, part, limit=self.limit)
            return
        rows.WRITERS[self.mode](run_query(self.lake, part), self.out.write)

    def _dot(self, text: str) -> bool:
        name, *arguments = text.rstrip(";").split()
        if name in (".quit", ".exit", ".q"):
            return False
        commands: dict[str, Callable[[list[str]], None]] = {
            ".help": lambda _: self.out.line(HELP),
            ".tables": lambda _: self._tables(),
            ".schema": self._schema,
            ".at": self._at,
            ".mode": self._mode,
            ".rows": self._rows,
        }
        if name not in commands:
            raise UnknownNameError.of("command", name, [*commands, ".quit"])
        commands[name](arguments)
        return True

    def _tables(self) -> None:
        found = self.lake.rows(
            "select table_name as name, comment from duckdb_tables() where database_name = 'lake' "
            "union all select view_name, comment from duckdb_views() where database_name = 'lake' order by name"
        )
        table.show(self.out, ["relation", "holds"], found)

    def _schema(self, arguments: list[str]) -> None:
        if len(arguments) != 1:
            raise UsageError("Name one relation.", hint="For example: .schema samples")
        known = [str(row[0]) for row in self.lake.rows("show tables")]
        if arguments[0] not in known:
            raise UnknownNameError.of("relation", arguments[0], known)
        comments = column_comments(self.lake, arguments[0])
        described = self.lake.rows(f"describe {quote(arguments[0])}")
        table.show(
            self.out, ["column", "type", "holds"], [(row[0], row[1], comments.get(row[0]) or "") for row in described]
        )

    def _at(self, arguments: list[str]) -> None:
        if not arguments or arguments == ["now"]:
            self._open(None)
            self.out.line("Reading the lake as it is now.")
            return
        if len(arguments) > 1 or not arguments[0].isdigit():
            raise UsageError(f"{' '.join(arguments)!r} is no snapshot number.", hint="For example: .at 3")
        self._open(int(arguments[0]))
        self.out.line(f"Reading the lake as it was at snapshot {self.at}.")

    def _mode(self, arguments: list[str]) -> None:
        if arguments:
            if arguments[0] not in MODES:
                raise UnknownNameError.of("mode", arguments[0], MODES)
            self.mode = arguments[0]
        self.out.line(f"Rows are shown as {self.mode}.")

    def _rows(self, arguments: list[str]) -> None:
        if arguments:
            if not arguments[0].isdigit():
                raise UsageError(f"{arguments[0]!r} is not a number of rows.", hint="For example: .rows 100")
            self.limit = int(arguments[0])
        self.out.line(f"A table shows {table.count(self.limit, 'row') if self.limit else 'all rows'}.")


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=~is_done)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif complete_statement(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


def run(session: Session, *, write: bool, at: int | None, free: bool = False) -> None:
    """Read inputs from the terminal until `.quit` or Ctrl-D; needs a terminal on standard input."""
    shell = Shell(session, write=write, at=at, free=free)
    home = session.settings().home
    home.mkdir(parents=True, exist_ok=True)
    reading = "changes allowed, each statement a commit" if write else "reading only"
    reading += ", files and other databases too" if free else ""
    session.out.remark(f"Lake {home}, {reading}. Type .help for help, .quit to leave.")
    prompt: PromptSession[str] = PromptSession(
        history=FileHistory(str(home / HISTORY)),
        lexer=PygmentsLexer(SqlLexer),
        completer=LakeCompleter(lambda: shell.lake),
        complete_while_typing=False,
        multiline=True,
        prompt_continuation=lambda width, _number, _soft: "... ".rjust(width),
        key_bindings=_keys(),
        editing_mode=EditingMode.VI if "vi" in os.environ.get("EDITOR", "").split("/")[-1] else EditingMode.EMACS,
        color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
    )
    with contextlib.closing(shell), interrupts.left_to_the_caller():
        while True:
            try:
                text = prompt.prompt(shell.prompt)
            except KeyboardInterrupt:
                continue  # Ctrl-C at the prompt clears the line
            except EOFError:
                break
            if not shell.handle(text):
                break
