"""Every example of every help is typed as it stands, one after the other, in a folder that has what they name.

It does what it says, or it is refused for what no test machine has (a model, a hub, a run of that name) and says so.
"""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import example_world
import pytest
import typer
from command_process import Oda

from pipelines.command.main import app

pytestmark = pytest.mark.slow

ELSEWHERE = {"oda sql", "oda demo", "oda demo --keep /tmp/arena", "oda ui", "oda ui --port 3001 --host 0.0.0.0"}
"""A shell, a minute of work and a server: `test_command_shell`, `test_command_demo` and `test_command_ui` run these."""

REFUSED: dict[str, str] = {}
"""Beginnings of examples that need what is not here, and words of what they say instead."""


def examples() -> list[str]:
    """Every example of the helps, once, in the order of the commands."""
    found: dict[str, None] = {}

    def walk(command: Any, context: Any) -> None:
        for line in (command.epilog or "").splitlines():
            found[shlex.join(shlex.split(line.split(" | jq ")[0], comments=True))] = None
        for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
            inner = command.get_command(context, name)
            walk(inner, type(context)(inner, info_name=name, parent=context))

    group = typer.main.get_command(app)
    context = group.make_context("oda", ["--help"], resilient_parsing=True)
    for name in group.list_commands(context):
        inner = group.get_command(context, name)
        walk(inner, type(context)(inner, info_name=name, parent=context))
    walk_own = [line for line in (group.epilog or "").splitlines()]
    return [*found, *(shlex.join(shlex.split(line, comments=True)) for line in walk_own)]
