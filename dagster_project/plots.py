"""Plots for metadata: small images inside Markdown, drawn from counts that SQL made."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from lake.catalog import Lake
from lake.relations import run
from pipelines.profile import Distribution, Histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pipelines.boards.board import Board

_SIZE = (6.4, 2.8)
_DPI = 90
_ABREAST = 4
_NUMBERED = 30
_NAME = 28
_SHOWN = 60
_BLUE = "#4f8fc0"
_COLOURS = {"instruction": _BLUE, "response": "#e08a3c"}


Plot = dg.MarkdownMetadataValue


def drawn(lake: Lake, **plots: Callable[[], Plot | None]) -> dict[str, dg.MetadataValue[Any]]:
    """The plots that have something to show, by name; none where the settings turn plots off."""
    if not lake.settings.plots:
        return {}
    return {name: plot for name, draw in plots.items() if (plot := draw())}


def length_plot(lake: Lake, dataset: str) -> Plot | None:
    """How long instructions and responses are, on a logarithmic axis; None for a dataset without samples."""
    rows = run(lake.connection, "length_histogram", dataset=dataset).fetchall()
    if not rows:
        return None
    figure, axes = _figure()
    for part in sorted({part for part, _, _ in rows}):
        counts, exponents = _steps({exponent: n for name, exponent, n in rows if name == part}, 1 / 8)
        axes.stairs(counts, [10**e for e in exponents], fill=True, alpha=0.6, label=part, color=_COLOURS[part])
    axes.set_xscale("log")
    axes.set_xlabel("characters", fontsize=8)
    axes.set_title(f"lengths in {dataset}", fontsize=8)
    axes.legend(fontsize=7, frameon=False)
    return _image(figure, "histogram of lengths")


def _steps(bins: dict[float, int], width: float) -> tuple[list[int], list[float]]:
    """Counts of all bins from the first to the last, empty ones included, and their edges (one more)."""
    first = min(bins)
    placed = {round((low - first) / width): n for low, n in bins.items()}
    numbers = range(max(placed) + 1)
    return [placed.get(number, 0) for number in numbers], [first + n * width for n in range(max(placed) + 2)]


def distributions_plot(found: Sequence[Distribution], title: str) -> Plot | None:
    """The histogram of every axis of a dataset, small, side by side; None where no axis has a value."""
    shapes = [(each.axis, each.histogram) for each in found if each.histogram is not None]
    if not shapes:
        return None
    from matplotlib.figure import Figure  # late, as in _figure

    rows = -(-len(shapes) // _ABREAST)
    height = 0.3 + 0.95 * rows
    figure = Figure(figsize=(_SIZE[0], height), dpi=_DPI)
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.2 / height, top=1 - 0.5 / height, hspace=0.9, wspace=0.1)
    figure.suptitle(title, fontsize=8, y=1 - 0.08 / height)
    for place, (axis, shape) in enumerate(shapes):
        _small(figure.add_subplot(rows, _ABREAST, place + 1), axis, shape)
    return _image(figure, "distributions of axes")


def _small(axes: Axes, axis: str, shape: Histogram) -> None:
    edges = [shape.low + place * shape.width for place in range(len(shape.samples) + 1)]
    if shape.width:
        axes.stairs(shape.samples, edges, fill=True, color=_BLUE)
    else:
        axes.bar([shape.low], shape.samples, width=0.1, color=_BLUE)
        axes.set_xlim(shape.low - 1, shape.low + 1)
    ends = sorted({edges[0], edges[-1]})
    axes.set_title(axis, fontsize=6, pad=2)
    axes.set_yticks([])
    axes.set_xticks(ends, [f"{end:.3g}" for end in ends])
    axes.tick_params(labelsize=5, length=2, pad=1)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def matrix_plot(
    values: Mapping[tuple[str, str], float | None], title: str, *, signed: bool, mirrored: bool = True
) -> Plot | None:
    """A matrix of named pairs (row, column) as coloured cells, -1 to 1 or 0 to 1; None without pairs.

    - mirrored: whether a pair stands for the reverse as well; only one of both is drawn.
    """
    names = sorted({name for pair in values for name in pair})
    if not names:
        return None
    from matplotlib.figure import Figure  # late, as in _figure

    kept = {(max(pair), min(pair)): value for pair, value in values.items()} if mirrored else values
    blank = float("nan")
    cells = [[blank if (v := kept.get((row, column))) is None else v for column in names] for row in names]
    side = 1.9 + 0.2 * len(names)
    figure = Figure(figsize=(side, side), dpi=_DPI)
    figure.subplots_adjust(left=1.3 / side, right=0.97, bottom=1.3 / side, top=1 - 0.35 / side)
    axes = figure.add_subplot()
    axes.imshow(cells, cmap="RdBu_r" if signed else "Blues", vmin=-1 if signed else 0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    if len(names) <= _NUMBERED:
        for row, line in enumerate(cells):
            for column, value in enumerate(line):
                if not math.isnan(value):
                    shown, colour = f"{value:.1f}".replace("0.", "."), "white" if abs(value) > 0.6 else "black"
                    axes.text(column, row, shown, ha="center", va="center", fontsize=5, color=colour)
    figure.suptitle(title, fontsize=7, y=1 - 0.08 / side)
    return _image(figure, title)


def similarity_plot(lake: Lake, view: str, threshold: float) -> Plot | None:
    """How similar the verified pairs of a view are; None without pairs."""
    bins = run(lake.connection, "similarity_histogram", view=view).fetchall()
    if not bins:
        return None
    figure, axes = _figure()
    axes.bar([low + 0.005 for low, _, _ in bins], [pairs for _, pairs, _ in bins], width=0.01, color=_BLUE)
    axes.set_xlim(min(threshold, bins[0][0]), 1.0)
    axes.set_yscale("log")
    axes.set_ylabel("pairs", fontsize=8)
    axes.set_xlabel("exact Jaccard index", fontsize=8)
    axes.set_title(f"verified pairs of {view}, threshold {threshold:g}", fontsize=8)
    return _image(figure, "histogram of similarities")


def loss_plot(shares: dict[str, float]) -> Plot | None:
    """Which share of its samples a dataset loses to survivors, a bar a dataset; None where none loses any."""
    lost = {name: share for name, share in shares.items() if share > 0}
    if not lost:
        return None
    figure, axes = _figure(rows=len(lost))
    names = sorted(lost, key=lambda name: (lost[name], name))
    axes.barh(names, [lost[name] for name in names], color=_BLUE)
    axes.set_xlim(0, 1)
    axes.set_ylabel("")
    axes.set_xlabel("share of samples that another one stands for", fontsize=8)
    axes.set_title("loss by dataset", fontsize=8)
    return _image(figure, "loss by dataset")


def sizes_plot(sizes: dict[str, tuple[int, float | None]]) -> Plot | None:
    """How many samples each dataset has, the lighter part without a value; None without datasets."""
    largest = dict(sorted(sizes.items(), key=lambda item: (item[1][0], item[0]))[-_SHOWN:])
    if not largest:
        return None
    figure, axes = _figure(rows=len(largest))
    names = list(largest)
    axes.barh(names, [rows for rows, _ in largest.values()], color="#c8dcec", label="samples")
    axes.barh(
        names, [rows * (share or 0.0) for rows, share in largest.values()], color=_BLUE, label="share with values"
    )
    axes.set_ylabel("")
    axes.set_xlabel("samples", fontsize=8)
    axes.set_title(f"datasets, the largest of {len(sizes)}" if len(sizes) > _SHOWN else "datasets", fontsize=8)
    axes.legend(fontsize=7, frameon=False)
    return _image(figure, "samples by dataset")


def lineage_plot(lake: Lake) -> Plot | None:
    """The datasets that have an edge, parents to the left; the line says the verdict. None without edges."""
    lines = run(lake.connection, "lineage_lines").fetchall()
    if not lines:
        return None
    places = {name: place for p, c, _, x0, y0, x1, y1 in lines for name, place in ((p, (x0, y0)), (c, (x1, y1)))}
    layers = sorted({x for x, _ in places.values()})
    figure, axes = _figure(rows=len({y for _, y in places.values()}))
    figure.set_figwidth(max(_SIZE[0], 2.2 * len(layers)))
    figure.subplots_adjust(left=0.02)
    for _, _, verdict, x0, y0, x1, y1 in lines:
        style = {"confirmed": "-", "declared only": "--"}.get(verdict, ":")
        axes.plot([x0, x1], [y0, y1], style, color=_BLUE, linewidth=1.2, zorder=1)
    for name, (x, y) in places.items():
        shown = name if len(name) <= _NAME else name[: _NAME - 1] + "…"
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "#8a94a6", "linewidth": 0.6}
        axes.text(x, y, shown, fontsize=6, ha="center", va="center", bbox=box, zorder=2)
    axes.set_xlim(min(layers) - 160, max(layers) + 160)
    axes.margins(y=0.08)
    axes.invert_yaxis()
    axes.set_axis_off()
    axes.set_title("solid: confirmed; dashed: declared only; dotted: measured only", fontsize=7)
    return _image(figure, "lineage of datasets")


def ranks_plot(board: Board) -> Plot | None:
    """Which ranks every subject of a board may have, a bar a subject; None without ranks."""
    rows = board.ranked[::-1]
    if not rows:
        return None
    figure, axes = _figure(rows=len(rows))
    widths = [(row.worst or 1) - (row.best or 1) + 0.8 for row in rows]
    axes.barh([row.subject for row in rows], widths, left=[(row.best or 1) - 0.4 for row in rows], color=_BLUE)
    axes.set_ylabel("")
    axes.set_xlabel("possible ranks", fontsize=8)
    axes.set_title(f"{board.which.base}, {board.which.measure}, all at once at {board.level:.0%}", fontsize=8)
    return _image(figure, "possible ranks")


def training_plot(curves: Sequence[tuple[int, int, float]]) -> Plot | None:
    """The loss of trainings (seed, step, loss) over their steps, a line a seed; None without losses."""
    if not curves:
        return None
    figure, axes = _figure()
    for seed in sorted({seed for seed, _, _ in curves}):
        steps = [(step, loss) for of, step, loss in curves if of == seed]
        axes.plot([step for step, _ in steps], [loss for _, loss in steps], label=f"seed {seed}")
    axes.set_ylabel("loss", fontsize=8)
    axes.set_xlabel("step", fontsize=8)
    axes.set_title("loss of training", fontsize=8)
    axes.legend(fontsize=7, frameon=False)
    return _image(figure, "loss of training")


def _figure(rows: int = 0) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # 0.3 s, and only runs draw; a Figure without pyplot needs no display

    width, height = _SIZE
    height = max(height, 0.8 + 0.18 * rows)
    # Fixed margins: a layout that fits itself draws everything twice, and drawing is what a small partition costs.
    figure = Figure(figsize=(width, height), dpi=_DPI)
    figure.subplots_adjust(left=0.2 if rows else 0.1, right=0.98, bottom=0.45 / height, top=1 - 0.3 / height)
    axes = figure.add_subplot()
    axes.set_ylabel("samples", fontsize=8)
    axes.tick_params(labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _image(figure: Figure, words: str) -> Plot:
    from PIL import Image  # late, as matplotlib, which brings it

    drawn, buffer = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    # Sixteen colours are all there are, and WebP without loss is smaller than PNG: a fifth of the bytes, which every
    # event log keeps for ever.
    few = Image.open(drawn).convert("RGB").quantize(colors=16).convert("RGB")
    # More effort saves a tenth of them at most, and takes a hundred times as long, more than all else a picture costs.
    few.save(buffer, format="webp", lossless=True, quality=50, method=3)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![{words}](data:image/webp;base64,{encoded})")
