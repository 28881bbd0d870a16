"""Where the elements of JSON text end: followed piece by piece, without parsing and in memory of one piece.

Only quotes, escapes and brackets decide it, so these are found with array operations. What stands between two ends is
parsed later by whoever reads the element; text that is no JSON fails there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]

_QUOTE, _BACKSLASH = b'"\\'
_COMMA = 2
_KINDS = np.zeros(256, np.int8)
"""What a byte outside of strings does: opens (1), closes (-1), separates (2)."""
_KINDS[list(b"{[")] = 1
_KINDS[list(b"}]")] = -1
_KINDS[list(b",")] = _COMMA


@dataclass(frozen=True)
class ElementPlaces:
    """Places in the text, counted from where the splitter began.

    - separators: commas between elements of the innermost open bracket it began in.
    - closings: where that bracket closes, or, begun outside of any bracket, where each value closes.
    """

    separators: Places
    closings: Places


class Splitter:
    """Follows JSON text; `depth` is 1 within an array or object whose bracket has been read, 0 outside of any."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._within_string = False
        self._escaping = False
        self._at = 0

    def feed(self, piece: bytes) -> ElementPlaces:
        """The next piece of the text."""
        text = np.frombuffer(piece, np.uint8)
        quotes = self._quotes(text)
        marks = np.flatnonzero(_KINDS[text])
        outside = (np.searchsorted(quotes, marks) + self._within_string) % 2 == 0
        marks = marks[outside]
        kinds = _KINDS[text[marks]]
        depths = self._depth + np.cumsum(np.where(kinds == _COMMA, 0, kinds), dtype=np.int64)
        found = ElementPlaces(
            marks[(kinds == _COMMA) & (depths == 1)] + self._at, marks[(kinds == -1) & (depths == 0)] + self._at
        )
        self._depth = int(depths[-1]) if len(depths) else self._depth
        self._within_string = bool((len(quotes) + self._within_string) % 2)
        self._at += len(piece)
        return found

    def _quotes(self, text: npt.NDArray[np.uint8]) -> Places:
        """The quotes that no backslash escapes."""
        quotes = np.flatnonzero(text == _QUOTE)
        slashes = np.flatnonzero(text == _BACKSLASH)
        if self._escaping and len(quotes) and quotes[0] == 0:
            quotes = quotes[1:]
        carried, self._escaping = self._escaping, False
        if not len(slashes):
            return quotes
        # Backslashes escape each other in pairs: a quote is escaped by a run of odd length before it.
        begins = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
        run = np.repeat(begins, np.diff(np.append(begins, len(slashes))))
        lengths = slashes - slashes[run] + 1
        if carried and slashes[0] == 0:
            lengths[run == 0] += 1
        before = np.searchsorted(slashes, quotes) - 1
        follows = (before >= 0) & (slashes[before] == quotes - 1)
        escaped = follows & (lengths[before] % 2 == 1)
        if slashes[-1] == len(text) - 1:
            self._escaping = bool(lengths[-1] % 2)
        unescaped: Places = quotes[~escaped]
        return unescaped
