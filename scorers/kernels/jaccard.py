"""Mean Jaccard similarity of all pairs of sets, by an inverted index: only elements that two sets share are visited."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


@kernel
def similarity_sums(  # noqa: PLR0917 - kernels take arguments by position
    elements: Ints, offsets: Longs, members: Ints, starts: Longs, first: int, last: int, found: Doubles
) -> None:
    """Add to `found` the sums of the similarities of sets first to last with the sets before each.

    - elements, offsets: set i is elements[offsets[i]:offsets[i + 1]], without repetition.
    - members, starts: element e is in the sets members[starts[e]:starts[e + 1]], ascending.
    """
    shared = np.zeros(last, np.int32)
    for one in range(first, last):
        size = offsets[one + 1] - offsets[one]
        for place in range(offsets[one], offsets[one + 1]):
            element = elements[place]
            for index in range(starts[element], starts[element + 1]):
                other = members[index]
                if other >= one:
                    break
                shared[other] += 1
        own = 0.0
        for other in range(one):
            both = shared[other]
            if both:
                similar = both / (size + offsets[other + 1] - offsets[other] - both)
                own += similar
                found[other] += similar
                shared[other] = 0
        found[one] += own
