"""What the program tells people to type exists: every `oda …` and every `--option` in a text of the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from pipelines.command.main import app

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("lake", "scorers", "pipelines", "dagster_project")
SOURCES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]

TYPED = re.compile(r"\boda ((?:[a-z][a-z-]*)(?: (?:--?[a-z][a-z-]*|[^\s:;,()|'\"]+))*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OF_OTHERS = {"--repo-type", "--long", "--ultra"}
"""Options of other programs that texts tell people about: those of hf and of zstd."""

NOUNS = {"command", "is", "writer"}
"""Words that follow the name of the program and are no command."""


@cache
def tree() -> dict[tuple[str, ...], set[str]]:
    """The options of every command, by its words."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: Any, context: Any, words: tuple[str, ...]) -> None:
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        found[words] = options | set(context.help_option_names)
        for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
            inner = command.get_command(context, name)
            walk(inner, type(context)(inner, info_name=name, parent=context), (*words, name))

    group = typer.main.get_command(app)
    walk(group, group.make_context("oda", ["--help"], resilient_parsing=True), ())
    return found


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a file that somebody may read, its docstrings left out; a value put into one is an X."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docs | inside):
            yield node.lineno, node.value


def wrong(text: str) -> Iterator[str]:
    """What a text says to type and does not exist."""
    known = tree()
    every = set().union(*known.values())
    for found in TYPED.finditer(text):
        words = found[1].split()
        if words[0] in NOUNS:
            continue
        if (words[0],) not in known:
            yield f"oda {words[0]}"
            continue
        place = (words[0],)
        if len(words) > 1 and (*place, words[1]) in known:
            place = (*place, words[1])
        inner = set().union(*(options for at, options in known.items() if at[: len(place)] == place))
        for word in words[1:]:
            name = re.match(r"--[a-z][a-z-]+", word)
            if name and name[0] not in inner | known[()]:
                yield f"oda {' '.join(place)} {name[0]}"
    for name in OPTION.findall(text):
        if name not in every | OF_OTHERS:
            yield name


def test_the_test_finds_what_does_not_exist() -> None:
    assert list(wrong("Give another place with --out.")) == ["--out"]
    assert list(wrong("Run: oda score X --axis mtld")) == ["oda score --axis"]
    assert list(wrong("oda score --axes mtld; oda slice create NAME --sql QUERY")) == []


@pytest.mark.slow
def test_no_text_names_what_does_not_exist() -> None:
    found = [
        f"{path.relative_to(ROOT)}, line {line}: {problem}"
        for path in SOURCES
        for line, text in texts(path)
        for problem in wrong(text)
    ]
    assert found == []
