"""Which files of a lake's folders may run as code: those the user has said so of, by folder and content.

A lake may come from somebody else, and importing a Python file runs it. What lies in `<home>/scorers`, and in folders
that `<home>/oda.toml` names, is left out until the user trusts it once (`oda axes trust`); a file that changed since is
left out again. The record is the user's own, outside of every lake: `oda-lake/trusted.json` in the folder of
XDG_CONFIG_HOME (default `~/.config`). Folders of ODA_SCORERS and installed packages are the user's word already.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from lake.errors import UsageError

CODE = (".py", "dagster.yaml", ".toml")
"""Ends of the names of files that run, or say what runs."""


def record() -> Path:
    """The file that holds what is trusted."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "oda-lake" / "trusted.json"


def digest(data: bytes) -> str:
    """What a file is recognised by."""
    return hashlib.sha256(data).hexdigest()


def trusted(folder: Path) -> dict[str, str]:
    """File name -> hash of what the user trusts in a folder."""
    found = _read().get(str(folder.resolve()), {})
    return {str(name): str(known) for name, known in found.items()} if isinstance(found, dict) else {}


def refusal(path: Path) -> UsageError | None:
    """Why a file may not run; None where the user trusts it as it is."""
    known = trusted(path.parent).get(path.name)
    if known == digest(path.read_bytes()):
        return None
    why = "is not trusted" if known is None else "has changed since it was trusted"
    return UsageError(f"{path} {why}, so it is not run.", hint=f"Read it, then: oda axes trust {path.parent}")


def trust(folder: Path) -> dict[str, str]:
    """Trust the files of a folder that run, as they are now, and return their hashes; what was trusted there goes.

    Raises UsageError where there is no such folder or no such file in it, or the record cannot be written.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", hint="Name the folder that holds the files.")
    files = {
        path.name: digest(path.read_bytes())
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name.endswith(CODE)
    }
    everything = {**_read(), str(folder.resolve()): files}
    if not files:
        del everything[str(folder.resolve())]
    target = record()
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        draft.replace(target)
    except OSError as error:
        raise UsageError(f"Cannot write {target}: {error.strerror or error}.", hint="Set XDG_CONFIG_HOME.") from None
    return files


def run_trusted(name: str, path: Path, known: str) -> ModuleType:
    """Import a file whose content has this hash, from those very bytes; raises UsageError for any other.

    Nothing that lies beside it is used: compiled Python in `__pycache__`, or kernels that numba kept there, would run
    without ever having been looked at.
    """
    data = path.read_bytes()
    if digest(data) != known:
        raise UsageError(f"{path} has changed since it was trusted.", hint=f"oda axes trust {path.parent}")
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    with _kernels_elsewhere(data):
        exec(compile(data, str(path), "exec"), module.__dict__)
    return module


@contextlib.contextmanager
def _kernels_elsewhere(data: bytes) -> Iterator[None]:
    """Let numba keep what the file compiles in the user's own cache."""
    if b"numba" not in data:
        yield
        return
    import numba  # late: half a second

    before = numba.config.CACHE_LOCATOR_CLASSES
    numba.config.CACHE_LOCATOR_CLASSES = "UserWideCacheLocator"
    try:
        yield
    finally:
        numba.config.CACHE_LOCATOR_CLASSES = before


def _read() -> dict[str, Any]:
    try:
        found = json.loads(record().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"Cannot read {record()}: {error}.", hint="Correct or delete it; then trust again.") from None
    return found if isinstance(found, dict) else {}
