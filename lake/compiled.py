"""The decorator of every kernel: compiled on first call, kept on disk, free of the interpreter lock.

numba keeps compiled code as long as the file of the kernel stays as it is, though the code of the kernels that it
calls is part of it. Here it is kept by what the kernel contains, wherever its file lies, for all clones of a user.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import llvmlite
import numba
from llvmlite import ir
from numba import types
from numba.core import caching, event
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.serialize import dumps
from numba.extending import intrinsic

from lake import first_use
from lake.kernel_contents import content

_PROJECT = Path(__file__).resolve().parent.parent

F = TypeVar("F", bound=Callable[..., object])

MOST_KEPT = 2_000
"""Compiled functions on disk, some 50 kB each; the ones that were used the longest ago go."""

_DAY = 86_400
_VERSIONS = (numba.__version__, llvmlite.__version__, platform.python_implementation(), platform.python_version())


class _Compiling(event.Listener):  # type: ignore[misc]
    """Hears numba compile; loading what was kept on disk is no such event."""

    def on_start(self, _event: Any) -> None:
        first_use.compiling()

    def on_end(self, _event: Any) -> None:
        """Nothing is to be done."""


event.register("numba:compile", _Compiling())


@cache
def kernels_folder(chosen: str, source: Path) -> Path | None:
    """Where compiled code is kept: the folder that is chosen, else the user's cache, else beside the source.

    None where none of them can be written.
    """
    personal = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    places = [Path(chosen)] if chosen else [Path(personal) / "oda-lake" / "kernels"]
    if not chosen and source.resolve().is_relative_to(_PROJECT):  # what lies in a lake may be somebody else's
        places.append(source / "__pycache__")
    for place in places:
        with suppress(OSError, RuntimeError):  # no home, no right to write
            folder = place.expanduser()
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            return folder
    return None


class _Kept(caching._Cache):  # type: ignore[misc]
    """The compiled forms of one kernel, a file for each kind of arguments and processor."""

    def __init__(self, function: FunctionType) -> None:
        self._function = function

    @property
    def _folder(self) -> Path | None:
        return kernels_folder(numba.config.CACHE_DIR, Path(self._function.__code__.co_filename).parent)

    @property
    def cache_path(self) -> str:
        return str(self._folder)

    @cached_property
    def _content(self) -> str:
        # On first use: what the kernel refers to may stand after it in its file.
        return content(self._function)

    def _file(self, signature: Any, codegen: Any) -> Path | None:
        key = repr((self._content, str(signature), codegen.magic_tuple(), _VERSIONS))
        name = f"{self._function.__name__}-{hashlib.sha256(key.encode()).hexdigest()[:32]}.kernel"
        return self._folder / name if self._folder else None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for these arguments, None where it is not kept or cannot be read."""
        target_context.refresh()
        file = self._file(sig, target_context.codegen())
        if not file:
            return None
        try:
            found = pickle.loads(file.read_bytes())
        except (OSError, EOFError, pickle.UnpicklingError, ImportError, AttributeError):
            return None
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _DAY:
                os.utime(file)
        return CompileResult._rebuild(target_context, *found)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled function; another process sees all of it or nothing."""
        file = self._file(sig, data.codegen)
        if not file or data.lifted or data.library.has_dynamic_globals:
            return
        with suppress(OSError):
            handle, part = tempfile.mkstemp(dir=file.parent, prefix=file.stem, suffix=".part")
            with os.fdopen(handle, "wb") as open_:
                open_.write(dumps(data._reduce()))
            Path(part).replace(file)
            _forget_oldest(file.parent)

    def enable(self) -> None:
        """Do nothing: what is compiled is always kept."""

    def disable(self) -> None:
        """Do nothing: what is compiled is always kept."""

    def flush(self) -> None:
        """Other contents have other files."""


def mark_of(kernels: Iterable[Any]) -> Path | None:
    """The file that says that all of these kernels were compiled for this processor; None where nothing is kept."""
    kept = [kernel._cache for kernel in kernels]
    machine = kept and cpu_target.target_context.codegen().magic_tuple()
    key = repr((sorted(one._content for one in kept), machine, _VERSIONS))
    folder = kept[0]._folder if kept else None
    return folder and folder / f"all-{hashlib.sha256(key.encode()).hexdigest()[:32]}.kernel"


def _forget_oldest(folder: Path) -> None:
    """Leave the `MOST_KEPT` files that were used last."""
    files = [*folder.glob("*.kernel"), *folder.glob("*.part")]
    if len(files) <= MOST_KEPT:
        return
    for file in sorted(files, key=_last_used)[:-MOST_KEPT]:
        file.unlink(missing_ok=True)


def _last_used(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def kernel(function: F) -> F:
    """Compile with numba; the compiled code is kept for all processes of the user, and threads run it at once."""
    dispatcher = numba.njit(nogil=True)(function)
    dispatcher._cache = _Kept(cast("FunctionType", function))
    return cast("F", dispatcher)


@intrinsic  # type: ignore[untyped-decorator]
def trailing_zeros(_context: Any, _number: Any) -> Any:
    """The number of the lowest bit of a uint64 that is set, as an int64; 64 where none is. For kernels only."""

    def count(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), count
