"""The decorator of every kernel: compiled on first call, kept on disk, free of the interpreter lock.

numba keeps compiled code as long as the file of the kernel stays as it is, though the code of the kernels that it
calls is part of it. Here it is kept as long as all files with kernels of that folder do.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import caching, event
from numba.extending import intrinsic

from lake import first_use

_PROJECT = Path(__file__).resolve().parent.parent

F = TypeVar("F", bound=Callable[..., object])


class _Compiling(event.Listener):  # type: ignore[misc]
    """Hears numba compile; loading what was kept on disk is no such event."""

    def on_start(self, _event: Any) -> None:
        first_use.compiling()

    def on_end(self, _event: Any) -> None:
        """Nobody asks."""


event.register("numba:compile", _Compiling())


@functools.cache
def _stamp(folder: Path) -> bytes:
    """Hash of all files with kernels in a folder, and of this one."""
    texts = (path.read_bytes() for path in [Path(__file__), *sorted(folder.glob("*.py"))])
    return hashlib.sha256(b"\0".join(text for text in texts if b"numba" in text or b"lake.compiled" in text)).digest()


class _Stamped:
    _py_file: str

    def get_source_stamp(self) -> bytes:
        return _stamp(Path(self._py_file).parent)


class Chosen(_Stamped, caching.UserProvidedCacheLocator):  # type: ignore[misc]
    """In the folder that NUMBA_CACHE_DIR names."""


class Beside(_Stamped, caching.InTreeCacheLocator):  # type: ignore[misc]
    """In `__pycache__` beside the source, for the project's own: what lies in a lake may be somebody else's."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """The place for a function of that file; None where it is not the project's."""
        if not Path(py_file).resolve().is_relative_to(_PROJECT):
            return None
        return super().from_function(py_func, py_file)


class Personal(_Stamped, caching.UserWideCacheLocator):  # type: ignore[misc]
    """In the user's cache, where the source's folder cannot be written."""


_PLACES = ",".join(f"{place.__module__}.{place.__name__}" for place in (Chosen, Beside, Personal))
_PLACES += ",IPythonCacheLocator,ZipCacheLocator"  # numba's own, for kernels that are in no file


def kernel(function: F) -> F:
    """Compile with numba; the compiled code is cached beside the source and threads run it at once."""
    others = numba.config.CACHE_LOCATOR_CLASSES
    numba.config.CACHE_LOCATOR_CLASSES = _PLACES
    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    finally:
        numba.config.CACHE_LOCATOR_CLASSES = others


@intrinsic  # type: ignore[untyped-decorator]
def trailing_zeros(_context: Any, _number: Any) -> Any:
    """The number of the lowest bit of a uint64 that is set, as an int64; 64 where none is. For kernels only."""

    def count(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), count
