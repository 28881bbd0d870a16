"""Pictures: literal drawings of literal values, well-formed whatever names are, and small."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from lakes import lay
from scoring_lake import fill

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.pictures import bars, histograms, lines
from pipelines.pictures.matrix import matrix
from pipelines.pictures.svg import Picture, round_steps

SVG = "{http://www.w3.org/2000/svg}"


def drawn(found: Picture | None) -> tuple[list[str], dict[str, str]]:
    """Its texts, and its paths by the colour they are filled or drawn with."""
    assert found is not None
    root = ElementTree.fromstring(found.svg)
    paths = {path.get("fill") or path.get("stroke") or "": path.get("d") or "" for path in root.iter(f"{SVG}path")}
    return [(each.text or "").replace("\N{NO-BREAK SPACE}", " ") for each in root.iter(f"{SVG}text")], paths


def test_a_histogram_in_blocks() -> None:
    assert histograms.blocks([0, 1, 50, 100, 0]) == "▁▂▅█▁"
    assert histograms.blocks([7]) == "█"
    assert histograms.blocks([0, 0]) == "▁▁"
    assert histograms.blocks([]) == ""


def test_a_matrix_is_a_path_a_shade_and_a_text_a_line() -> None:
    values: dict[tuple[str, str], float | None] = {
        ("a", "b"): 0.98,
        ("a", "c"): -0.5,
        ("b", "c"): 0.04,
        ("a", "d"): None,
    }
    texts, paths = drawn(matrix(values, "how axes go together", signed=True))
    assert texts == ["how axes go together", " 1.0", " -.5  .0", *"abcd", *"abcd"]
    assert paths == {"#de6b54": "M0 1h1", "#accdea": "M0 2h1"}
    texts, paths = drawn(matrix({("a", "b"): 0.5, ("b", "a"): 0.25}, "shares", signed=False, mirrored=False))
    assert texts == ["shares", "      .5", "  .2", "a", "b", "a", "b"]
    assert paths == {"#accdea": "M1 0h1", "#c8def1": "M0 1h1"}
    assert matrix({}, "none", signed=True) is None


def test_many_names_have_shades_only_and_stay_small() -> None:
    found = matrix(
        {(f"axis_{i:02}", f"axis_{j:02}"): (i * j) % 21 / 10 - 1 for i in range(60) for j in range(i)}, "m", signed=True
    )
    texts, paths = drawn(found)
    assert (len(texts), len(paths)) == (121, 12)
    assert found is not None
    assert len(found.markdown) < 30_000


def test_bars() -> None:
    texts, paths = drawn(bars.losses({"all": 1.0, "half": 0.5, "none": 0.0}))
    assert texts == [
        "loss by dataset", "all", "half", "0", "0.2", "0.4", "0.6", "0.8", "1", "share of samples that another one stands for",
    ]  # fmt: skip
    assert paths["#4f8fc0"] == "M170 22H570M170 36H370"
    texts, paths = drawn(bars.sizes({"few": (10, None), "more": (40, 0.5)}))
    assert texts[1:3] == ["more", "few"]
    assert paths["#c8dcec"] == "M170 22H570M170 36H270"
    assert paths["#4f8fc0"] == "M170 22H370"  # no share, no bar
    assert bars.losses({"none": 0.0}) is None
    assert bars.sizes({}) is None


def test_curves_have_a_line_a_seed_and_at_most_200_points() -> None:
    texts, _ = drawn(lines.curves([(1, 0, 4.0), (1, 10, 2.0), (2, 0, 3.0), (2, 10, 1.0)]))
    assert [said for said in texts if said.startswith("seed")] == ["seed 1", "seed 2"]
    root = lines.curves([(1, step, 1.0 + step % 7) for step in range(5000)])
    assert root is not None
    assert len(re.findall(r"\d+ \d+", max(re.findall(r"d='(M[^'H]*)'", root.svg), key=len))) == 200
    assert lines.curves([]) is None
    assert drawn(lines.curves([(1, 5, 2.0)]))[0][0] == "loss of training"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(Settings.load(home=lay(tmp_path / "home"), threads=1)) as opened:
        yield opened


def test_lengths_of_texts(lake: Lake) -> None:
    fill(lake, "chat", [("q" * 10, "a" * 1000), ("q" * 10, "a" * 10), ("q" * 100, None)])
    texts, paths = drawn(histograms.lengths(lake, "chat"))
    assert texts == ["lengths in chat", "2", "instruction", "response", "10", "100", "1,334", "characters"]
    # Seventeen bins of 30 pixels from ten characters on, eight to a factor of ten.
    empty = "h30" * 7
    assert paths["#4f8fc0"] == f"M50 164v-140h30v140{empty}v-70h30v70{'h30' * 8}z"
    assert paths["#e08a3c"] == f"M50 164v-70h30v70{'h30' * 15}v-70h30v70z"
    assert histograms.lengths(lake, "nothing") is None


@pytest.mark.parametrize("name", ["<b>&'\"", "a" * 90, "é\u202e中"])
def test_names_of_any_kind_are_drawn_as_they_are(name: str) -> None:
    for found in (matrix({(name, "b"): 0.5}, f"of {name}", signed=True), bars.losses({name: 0.5})):
        texts, _ = drawn(found)
        assert (name if len(name) <= 28 else name[:27] + "…") in texts
        assert found is not None
        (encoded,) = re.findall(r"\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)$", found.markdown)
        assert base64.b64decode(encoded).decode() == found.svg


def test_round_steps() -> None:
    cases: list[tuple[tuple[float, float], Any]] = [
        ((0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ((0, 95_000), [0, 20_000, 40_000, 60_000, 80_000]),
        ((0.5, 4.5), [1, 2, 3, 4]),
        ((2, 2), [2]),
    ]
    for (low, high), steps in cases:
        assert round_steps(low, high) == steps
