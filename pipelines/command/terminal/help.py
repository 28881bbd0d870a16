"""Help texts: what a command does, its options in groups, and examples as they are typed."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperCommand, TyperGroup

from pipelines.command.terminal.output import coloured, styled

GLOBAL_OPTIONS = "Options of every command"

_TITLES = ("Usage:", "Arguments:", "Options:", f"{GLOBAL_OPTIONS}:", "Examples:", "Commands:")


def _write_options(command: Any, context: Any, formatter: Any) -> None:
    """Arguments, own options, then the options of every command; an empty group is left out."""
    groups: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": [], GLOBAL_OPTIONS: []}
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            groups["Arguments"].append((parameter.metavar, parameter.help or ""))
        elif record := parameter.get_help_record(context):
            groups[getattr(parameter, "rich_help_panel", None) or "Options"].append(record)
    for title, records in groups.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def _write_examples(command: Any, formatter: Any) -> None:
    """Examples exactly as written: a wrapped command line cannot be copied."""
    if command.epilog:
        with formatter.section("Examples"):
            for line in command.epilog.splitlines():
                formatter.write(f"  {line}\n")


def _titled(text: str) -> str:
    """The help with its titles in bold where standard output shows it."""
    lines = []
    for line in text.splitlines():
        title = next((known for known in _TITLES if line.startswith(known)), "")
        lines.append(styled(title, "bold", enabled=bool(title) and coloured(sys.stdout)) + line[len(title) :])
    return "\n".join(lines)


def usage(command: Any, context: Any) -> str:
    """What may follow the command: `[OPTIONS] PATH...`, an argument that may be left out in brackets."""
    pieces = ["[OPTIONS]"]
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            name = parameter.metavar + ("..." if parameter.nargs != 1 else "")
            pieces.append(name if parameter.required else f"[{name}]")
    return " ".join(pieces)


def summary(command: Any) -> str:
    """The first paragraph of a command's help, on one line."""
    return " ".join((command.help or "").split("\n\n")[0].split())


class Command(TyperCommand):
    """A command with its help written as above."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Options and arguments of the usage line."""
        return [usage(self, ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_options(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """Write the examples."""
        _write_examples(self, formatter)

    def get_help(self, ctx: Any) -> str:
        """The whole help text."""
        return _titled(super().get_help(ctx))


class Group(TyperGroup):
    """A group of commands with its help written as above."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands first, then options: a group is about its commands."""
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write every command with the first sentence of its help, in full."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(self.get_command(ctx, name))) for name in self.list_commands(ctx)])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """Write the examples."""
        _write_examples(self, formatter)

    def get_help(self, ctx: Any) -> str:
        """The whole help text."""
        return _titled(super().get_help(ctx))


class ListUnlessTold(Group):
    """A group of commands; what begins with none of them is given to its command `list`."""

    untold = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put that command in front where none is named."""
        if not ctx.resilient_parsing and (
            not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names)
        ):
            args = [self.untold, *args]
        return list(super().parse_args(ctx, args))


class ShowUnlessTold(ListUnlessTold):
    """The same with the command `show`."""

    untold = "show"


class RunUnlessTold(ListUnlessTold):
    """The same with the command `run`."""

    untold = "run"


class GroupWithArgument(Group):
    """A group that does something with an argument by itself: `oda lineage NAME`, beside `oda lineage review`.

    What stands first decides: the name of a command is that command, anything else the argument.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options; where a command is named, without the argument."""
        named = self._first(args) in self.list_commands(ctx)
        ctx.meta[_COMMAND_NAMED] = named
        ctx.allow_interspersed_args = not named
        return list(super().parse_args(ctx, args))

    def get_params(self, ctx: Any) -> list[Any]:
        """Options and arguments."""
        every = super().get_params(ctx)
        if ctx.meta.get(_COMMAND_NAMED):
            return [parameter for parameter in every if parameter.param_type_name == "option"]
        return list(every)

    def _first(self, args: list[str]) -> str:
        """The first word that is neither an option nor the value of one."""
        values = {name for each in self.params if not getattr(each, "is_flag", True) for name in each.opts}
        words = iter(args)
        for word in words:
            if not word.startswith("-"):
                return word
            if word in values:
                next(words, None)
        return ""


_COMMAND_NAMED = "oda.command named"
