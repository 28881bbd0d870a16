"""A matrix of named pairs: colours for what stands out, numbers for what it is."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from pipelines.pictures.svg import END, Picture, path, picture, shortened, title

_NUMBERED = 30
_LEFT, _TOP = 150, 20
_STEPS = 6
_FIXED = "font-family='monospace' font-size='8'"
_WARM, _COLD = (222, 107, 84), (90, 155, 212)


def matrix(
    values: Mapping[tuple[str, str], float | None], words: str, *, signed: bool, mirrored: bool = True
) -> Picture | None:
    """A matrix of named pairs (row, column), -1 to 1 or 0 to 1; None without pairs.

    - signed: whether a value may be negative; those are blue then and positive ones red.
    - mirrored: whether a pair stands for the reverse as well; only one of both is drawn.
    """
    names = sorted({name for pair in values for name in pair})
    if not names:
        return None
    kept = {(max(pair), min(pair)): value for pair, value in values.items()} if mirrored else values
    numbered = len(names) <= _NUMBERED
    cell = 22 if numbered else 10
    colours: dict[str, str] = {}
    numbers = ""
    for y, row in enumerate(names):
        said = ""
        for x, column in enumerate(names):
            value = kept.get((row, column))
            if colour := _colour(value, signed=signed):
                colours[colour] = colours.get(colour, "") + f"M{x} {y}h1"
            said += f"{_short(value):\N{NO-BREAK SPACE}>4}"  # spaces side by side would be one
        if numbered and (said := said.rstrip()):
            # Four characters a cell, stretched to its width: a text for a line and not for each number.
            numbers += f"<text y='{cell * y}' textLength='{len(said) * cell / 4:g}'>{said}</text>"
    cells = "".join(path(drawn, f"stroke='{colour}'") for colour, drawn in colours.items())
    labels = "".join(
        f"<text y='{cell * n}'>{escape(shortened(each), quote=False)}</text>" for n, each in enumerate(names)
    )
    below = 12 + 5.5 * max(len(shortened(name)) for name in names)
    middle, side = _TOP + cell / 2, cell * len(names)
    marks = [
        title(words),
        f"<g transform='translate({_LEFT} {middle:g}) scale({cell})'>{cells}</g>",
        f"<g transform='translate({_LEFT - 3} {middle + 3:g})' {_FIXED}>{numbers}</g>" if numbers else "",
        f"<g transform='translate({_LEFT - 4} {middle + 3:g})' {END}>{labels}</g>",
        f"<g transform='translate({_LEFT + cell / 2 + 3:g} {_TOP + side + 4}) rotate(-90)' {END}>{labels}</g>",
    ]
    return picture(words, max(_LEFT + side + 20, 10 + 5.5 * len(words)), _TOP + side + below, marks)


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".replace("0.", ".").replace("-.0", ".0")


def _colour(value: float | None, *, signed: bool) -> str | None:
    """One of a few shades, so that cells of one are drawn at once; None for what is as good as nothing."""
    if value is None or not (step := round(min(1.0, abs(value)) * _STEPS)):
        return None
    end = _WARM if signed and value > 0 else _COLD
    return "#" + "".join(f"{round(255 + (part - 255) * step / _STEPS):02x}" for part in end)
