"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import pytest
import typer

from pipelines.command.main import COMMANDS, app
from pipelines.command.reference import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m pipelines.command.reference"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_on_the_page(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.split(f"\n## `oda {name}`\n")[1].split("\n## ")[0]
    group = typer.main.get_command(app)
    context = group.make_context("oda", ["--help"], resilient_parsing=True)
    found = group.get_command(context, name)  # type: ignore[attr-defined]
    commands = [found, *getattr(found, "commands", {}).values()]
    for command in commands:
        for parameter in command.params:
            shown = text if getattr(parameter, "rich_help_panel", None) else section
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in shown
    assert f"oda {name}" in section.split("```sh")[1]
