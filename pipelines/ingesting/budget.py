"""How much of a source may be in memory at once, by the memory limit and the number of workers.

What a command takes in all is stated in `lake.memory`.
"""

from __future__ import annotations

from dataclasses import dataclass

_WORKED_ON = 6
"""Bytes a worker takes at most for each byte of its block: text, Arrow columns, what is written."""

_HANDED_OVER = 2.5
"""Bytes the main process takes for each byte of a block that it hands over: the block, and its pickled copy."""

_SMALLEST = 1 << 20
_LARGEST_INLINE = 16 << 20
_LARGEST_RANGE = 96 << 20


@dataclass(frozen=True)
class MemoryBudget:
    """Worker processes, and bytes of source per block.

    - range: of a block that workers read from the file themselves.
    - inline: of a block whose records are handed over.
    - in_flight: of all blocks that are handed out and not yet done.
    """

    workers: int
    range: int
    inline: int
    in_flight: int

    @classmethod
    def of(cls, memory: int, workers: int) -> MemoryBudget:
        """The budget for so many bytes of memory, shared by so many workers."""
        handed_out = workers + 2
        inline = int(memory / (_WORKED_ON * workers + _HANDED_OVER * handed_out))
        inline = min(_LARGEST_INLINE, max(_SMALLEST, inline))
        ranged = min(_LARGEST_RANGE, max(_SMALLEST, memory // (_WORKED_ON * workers)))
        return cls(workers, ranged, inline, handed_out * max(inline, ranged))
