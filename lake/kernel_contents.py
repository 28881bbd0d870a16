"""What a kernel contains, as a hash: its code, and the code and constants of all that it refers to.

Comments, docstrings, names of files and numbers of lines are no part of it.
"""

from __future__ import annotations

import dis
import hashlib
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher

_BY_NAME = frozenset({"numba", "llvmlite", "numpy", *sys.stdlib_module_names})
"""Packages whose functions are known by their names: a version of theirs has one code for each."""

_LOADS_FIRST = {(dis.opmap[name], 0) for name in ("LOAD_CONST", "RETURN_CONST") if name in dis.opmap}


def content(function: FunctionType) -> str:
    """The hash of what a function contains; the same in every process and wherever the file lies."""
    found = hashlib.sha256()
    for part in _parts(function, {}):
        found.update(part.encode() if isinstance(part, str) else part)
        found.update(b"\0")
    return found.hexdigest()


def _parts(thing: Any, seen: dict[int, Any]) -> Iterator[str | bytes]:
    """What tells a thing from others; a function that was seen is told by when it was."""
    if isinstance(thing, Dispatcher):
        thing = thing.py_func
    thing = getattr(thing, "_defn", thing)  # of an intrinsic
    yield type(thing).__name__
    if isinstance(thing, np.ndarray):
        yield from (str(thing.dtype), str(thing.shape), thing.tobytes())
    elif isinstance(thing, tuple | list):
        for part in thing:
            yield from _parts(part, seen)
    elif isinstance(thing, frozenset | set | dict):
        items = thing.items() if isinstance(thing, dict) else thing
        yield from sorted(_by_itself(item) for item in items)
    elif isinstance(thing, FunctionType) and _package(thing.__module__) not in _BY_NAME:
        if id(thing) in seen:
            yield str(list(seen).index(id(thing)))
            return
        seen[id(thing)] = thing
        yield from _of_function(thing, seen)
    elif isinstance(thing, ModuleType | type | FunctionType):
        yield f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing.__name__)}"
    else:
        text = repr(thing)
        yield type(thing).__qualname__ if " at 0x" in text else text


def _by_itself(thing: Any) -> str:
    """The hash of a thing by itself."""
    return hashlib.sha256(repr([*_parts(thing, {})]).encode()).hexdigest()


def _of_function(function: FunctionType, seen: dict[int, Any]) -> Iterator[str | bytes]:
    yield function.__qualname__
    yield from _parts((function.__defaults__, function.__kwdefaults__), seen)
    for cell in function.__closure__ or ():
        yield from _parts(cell.cell_contents, seen)
    names: list[str] = []
    for code in _codes(function.__code__):
        yield from _of_code(code, seen)
        names += code.co_names
    for name in dict.fromkeys(names):
        if name not in function.__globals__:
            continue
        thing = function.__globals__[name]
        yield name
        yield from _parts(thing, seen)
        if isinstance(thing, ModuleType) and _package(thing.__name__) not in _BY_NAME:
            for attribute in dict.fromkeys(names):
                if hasattr(thing, attribute):
                    yield from _parts(getattr(thing, attribute), seen)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _of_code(code: CodeType, seen: dict[int, Any]) -> Iterator[str | bytes]:
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    numbers = (code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount, code.co_flags)
    yield from (code.co_code, code.co_exceptiontable, repr(names), repr(numbers))
    constants = code.co_consts
    if constants and not _LOADS_FIRST & set(zip(code.co_code[::2], code.co_code[1::2], strict=True)):
        constants = constants[1:]  # the docstring, or what stands in its place
    yield from _parts(tuple(value for value in constants if not isinstance(value, CodeType)), seen)


def _package(module: str | None) -> str:
    return (module or "").partition(".")[0]
