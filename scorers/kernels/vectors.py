"""Vector instructions for kernels, written as LLVM vectors: every processor gets the widest it has.

Loops over bytes and hashes are left to the compiler, but for what it does not find by itself: bits that say something
of 64 bytes at once, and minima of 16 permutations at once.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

PERMUTATIONS = 16
"""Minima that `minima` computes at once."""

_BYTE, _HASH, _MASK = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BYTES, _HASHES = ir.VectorType(_BYTE, 64), ir.VectorType(_HASH, PERMUTATIONS)


def _pointer(context: Any, builder: Any, array: Any, value: Any, index: Any, kind: Any) -> Any:  # noqa: PLR0917
    """A pointer to vectors at an index of an array that lies in one piece."""
    data = context.make_array(array)(context, builder, value).data
    return builder.bitcast(builder.gep(data, [index]), ir.PointerType(kind))


def _all(value: int) -> Any:
    return ir.Constant(_BYTES, [value] * 64)


@intrinsic  # type: ignore[untyped-decorator]
def lowered(_context: Any, source: Any, _place: Any, target: Any) -> Any:
    """Write 64 bytes of source, from a place on, to the start of target with A to Z made small and white space a blank.

    Returns three masks, a bit a byte: letters and digits, white space, and bytes that are not ASCII.
    """

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def within(first: str, last: str) -> Any:
            low, high = ord(first), ord(last)
            return builder.icmp_unsigned("<=", builder.sub(small, _all(low)), _all(high - low))

        read = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], _BYTES)
        text = small = builder.load(read, align=1)
        capital = within("A", "Z")
        small = builder.select(capital, builder.or_(text, _all(0x20)), text)
        word = builder.or_(within("a", "z"), within("0", "9"))
        space = builder.or_(within("\t", "\r"), within("\x1c", " "))
        high = builder.icmp_signed("<", text, _all(0))
        start = ir.Constant(_MASK, 0)
        written = _pointer(context, builder, signature.args[2], arguments[2], start, _BYTES)
        builder.store(builder.select(space, _all(0x20), small), written, align=1)
        masks = [builder.bitcast(bits, _MASK) for bits in (word, space, high)]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 3)(source, types.int64, target), write


@intrinsic  # type: ignore[untyped-decorator]
def moved(_context: Any, source: Any, _place: Any, target: Any, _to: Any) -> Any:
    """Copy 64 bytes of source, from a place on, to a place of target."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        read = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], _BYTES)
        written = _pointer(context, builder, signature.args[2], arguments[2], arguments[3], _BYTES)
        builder.store(builder.load(read, align=1), written, align=1)
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64), write


@intrinsic  # type: ignore[untyped-decorator]
def eight(_context: Any, source: Any, _place: Any) -> Any:
    """Eight bytes from any place on."""

    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        text, place = arguments
        return builder.load(_pointer(context, builder, signature.args[0], text, place, _MASK), align=1)

    return types.uint64(source, types.int64), read


@intrinsic  # type: ignore[untyped-decorator]
def minima(_context: Any, hashes: Any, _count: Any, factors: Any, shifts: Any, _place: Any, least: Any) -> Any:
    """Write the least `hash * factor + shift`, modulo 2^32, of the first hashes for 16 permutations from a place on."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        factor, shift = (
            builder.load(_pointer(context, builder, kinds[k], arguments[k], arguments[4], _HASHES), align=4)
            for k in (2, 3)
        )
        data = context.make_array(kinds[0])(context, builder, arguments[0]).data
        smallest = cgutils.alloca_once_value(builder, ir.Constant(_HASHES, [0xFFFFFFFF] * PERMUTATIONS))
        with cgutils.for_range(builder, arguments[1]) as loop:
            one = builder.load(builder.gep(data, [loop.index]))
            single = builder.insert_element(ir.Constant(_HASHES, ir.Undefined), one, ir.Constant(_HASH, 0))
            spread = builder.shuffle_vector(single, single, ir.Constant(_HASHES, [0] * PERMUTATIONS))
            value = builder.add(builder.mul(spread, factor), shift)
            before = builder.load(smallest)
            builder.store(builder.select(builder.icmp_unsigned("<", value, before), value, before), smallest)
        written = _pointer(context, builder, kinds[5], arguments[5], arguments[4], _HASHES)
        builder.store(builder.load(smallest), written, align=4)
        return context.get_dummy_value()

    return types.void(hashes, types.int64, factors, shifts, types.int64, least), write
