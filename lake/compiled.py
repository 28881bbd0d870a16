"""The decorator of every kernel: compiled on first call, kept on disk, free of the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile with numba; the compiled code is cached beside the source and threads run it at once."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))
