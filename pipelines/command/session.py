"""The options every command takes, and what a command is given because of them: settings, lake, output, progress."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import OdaError, UsageError, is_interrupt
from lake.values import PATH
from pipelines.command import options
from pipelines.command.interrupts import usable
from pipelines.command.terminal.help import GLOBAL_OPTIONS, Command
from pipelines.command.terminal.output import Output

if TYPE_CHECKING:
    from lake.catalog import Lake
    from lake.settings import Settings
    from pipelines.progress import Progress


def _everywhere(*names: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002 - typer's name
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=GLOBAL_OPTIONS)


_HOME = _everywhere("--home", help="Folder of the lake; also ODA_HOME. Default: ./data.", metavar="FOLDER")
_JSON = _everywhere("--json", help="Print one JSON document; errors as one on standard error.")
_QUIET = _everywhere("--quiet", "-q", help="Print results only, no remarks.")
_NO_PROGRESS = _everywhere("--no-progress", help="Show no progress bars.")

Home = Annotated[str | None, PATH, _HOME]
Json = Annotated[bool, _JSON]
Quiet = Annotated[bool, _QUIET]
NoProgress = Annotated[bool, _NO_PROGRESS]


def _of_every_command(
    *, home: Home = None, json: Json = False, quiet: Quiet = False, no_progress: NoProgress = False
) -> None:
    """The options of every command, as a signature."""


_GLOBALS = inspect.signature(_of_every_command, eval_str=True).parameters


@dataclass(frozen=True)
class Session:
    """One run of the command: the options every command takes and what follows from them.

    - subcommand: for a group that also does something by itself, the sub-command that follows.
    - given: parameters of the command that stand on the command line.
    """

    home: Path | None = None
    json: bool = False
    quiet: bool = False
    no_progress: bool = False
    subcommand: str | None = None
    given: options.Given = field(default_factory=dict)

    @property
    def out(self) -> Output:
        """Where results go."""
        return Output(json=self.json, quiet=self.quiet)

    def merged(self, *, home: Path | None, json: bool, quiet: bool, no_progress: bool) -> Session:
        """This session with the options given after the sub-command."""
        return replace(
            self,
            home=home or self.home,
            json=json or self.json,
            quiet=quiet or self.quiet,
            no_progress=no_progress or self.no_progress,
        )

    def refuse(self, *names: str, beside: str, hint: str = "") -> None:
        """Refuse these parameters where they are given though they have no effect; raises UsageError."""
        options.refuse(self.given, names, beside, hint)

    def settings(self) -> Settings:
        """The settings of the lake; raises UsageError for a wrong one."""
        from lake.settings import Settings  # 0.1 s: pydantic

        return Settings.load(home=self.home)

    @contextmanager
    def lake(self, *, write: bool = False, create: bool = False, snapshot: int | None = None) -> Iterator[Lake]:
        """The lake, open for reading unless `write`; raises LakeError when there is none."""
        from lake.catalog import Lake  # 0.4 s: duckdb, pyarrow
        from lake.failures import translated_errors

        lake = Lake.open(
            self.settings(), create=create, read_only=not write, snapshot=snapshot, announce=self.out.remark
        )
        try:
            with translated_errors(lake.settings):
                yield lake
        except OdaError as error:
            lake.close()
            raise _broken(error, lake) or error from None
        except BaseException as error:
            if not is_interrupt(error) or usable(lake):
                lake.close()
            raise
        lake.close()

    def progress(self) -> AbstractContextManager[Progress]:
        """Bars on standard error where that is a terminal and nobody asked for silence."""
        from pipelines.progress import watched  # 0.1 s: rich

        return watched(False if self.no_progress or self.quiet or self.json else None)


def _broken(error: OdaError, lake: Lake) -> OdaError | None:
    """What an error of a query says of a broken lake, where that is its cause."""
    from lake.damage import explained

    return explained(error.__cause__, lake.settings) if error.__cause__ is not None else None


def with_session(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every command; it gets a Session as its first argument instead."""
    options.kinds_of(function)  # refuses a parameter without one
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @functools.wraps(function)
    def command(context: typer.Context, **raw: Any) -> None:
        everywhere = read_globals(context, {name: raw.pop(name) for name in _GLOBALS})
        before = context.obj if isinstance(context.obj, Session) else Session()
        values, given = options.read(context, function, raw)
        context.obj = before.merged(**everywhere)
        try:
            function(replace(context.obj, subcommand=context.invoked_subcommand, given=given), **values)
        except UsageError as error:
            raise options.named(error, values, given) from None

    parameters = [
        context,
        *(
            options.as_texts(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            for parameter in (*own, *_GLOBALS.values())
        ),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def read_globals(context: typer.Context, raw: dict[str, Any]) -> dict[str, Any]:
    """The values of the options of every command."""
    return options.read(context, _of_every_command, raw)[0]


def examples(*lines: str) -> str:
    """The examples of a help text, remarks aligned: each is given as `command  # what it does`."""
    parts = [line.partition("  # ") for line in lines]
    width = max((len(command) for command, _, remark in parts if remark), default=0)
    return "\n".join(f"{command.ljust(width)}  # {remark}".rstrip(" #") for command, _, remark in parts)


def register(app: typer.Typer, name: str, *example: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a function to a group of commands under a name, with its examples."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        app.command(name, cls=Command, epilog=examples(*example))(with_session(function))
        return function

    return decorate


def single(name: str, *example: str) -> Callable[[Callable[..., None]], typer.Typer]:
    """Make a function the one command of its module, with its examples."""

    def decorate(function: Callable[..., None]) -> typer.Typer:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        register(app, name, *example)(function)
        return app

    return decorate
