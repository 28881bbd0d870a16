"""The decorator of every kernel: compiled on first call, kept on disk, free of the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import event
from numba.extending import intrinsic

from lake import first_use

F = TypeVar("F", bound=Callable[..., object])


class _Compiling(event.Listener):  # type: ignore[misc]
    """Hears numba compile; loading what was kept on disk is no such event."""

    def on_start(self, _event: Any) -> None:
        first_use.compiling()

    def on_end(self, _event: Any) -> None:
        """Nobody asks."""


event.register("numba:compile", _Compiling())


def kernel(function: F) -> F:
    """Compile with numba; the compiled code is cached beside the source and threads run it at once."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


@intrinsic  # type: ignore[untyped-decorator]
def trailing_zeros(_context: Any, _number: Any) -> Any:
    """The number of the lowest bit of a uint64 that is set, as an int64; 64 where none is. For kernels only."""

    def count(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), count
