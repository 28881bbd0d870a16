"""What pictures are drawn with: texts, lines and bars in whole pixels, and the ticks of an axis."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

BLUE, ORANGE, PALE, GREY = "#4f8fc0", "#e08a3c", "#c8dcec", "#888"
LONGEST = 28
"""Characters of a name that are shown."""


@dataclass(frozen=True)
class Picture:
    """A drawing, and what it shows in words."""

    words: str
    svg: str

    @property
    def markdown(self) -> str:
        """The picture within Markdown, as an image that needs no other file."""
        return f"![{self.words}](data:image/svg+xml;base64,{base64.b64encode(self.svg.encode()).decode()})"


def picture(words: str, width: float, height: float, marks: Iterable[str]) -> Picture:
    """A drawing of some pixels on white, which is legible in pages of any colour."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' style='background:#fff'"
    return Picture(words, f"{head} font-family='sans-serif' font-size='9'>{''.join(marks)}</svg>")


def text(x: float, y: float, said: object, more: str = "") -> str:
    """A text that begins at a place, or ends or is centred there where `more` says so."""
    return f"<text x='{x:.0f}' y='{y:.0f}'{more and ' ' + more}>{escape(str(said), quote=False)}</text>"


END, MIDDLE = "text-anchor='end'", "text-anchor='middle'"


def path(drawn: str, more: str) -> str:
    """A line or an area, in the language of paths."""
    return f"<path d='{drawn}' {more}/>"


def title(said: str) -> str:
    """What stands above a picture."""
    return text(4, 12, said, "font-size='10'")


def shortened(name: str) -> str:
    """A name, cut where it is long."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def scale(ticks: Sequence[tuple[float, str]], y: float, left: float, right: float, label: str) -> str:
    """The axis below a picture: a line, its ticks at places, and what it measures."""
    line = path(
        f"M{left:.0f} {y:.0f}H{right:.0f}" + "".join(f"M{x:.0f} {y:.0f}v3" for x, _ in ticks), f"stroke='{GREY}'"
    )
    said = "".join(text(x, y + 13, words, MIDDLE) for x, words in ticks)
    return line + said + text((left + right) / 2, y + 26, label, MIDDLE)


def round_steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high, few enough to stand side by side."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(step * n, 12) for n in range(first, math.floor(high / step + 1e-9) + 1)]
