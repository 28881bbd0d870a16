"""The page that explores a lineage, in a real browser without a network."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import fresh
from lineage.test_lineage import describe, lay

from pipelines.lineage import lineage
from pipelines.overlap import overlap
from pipelines.tracing.explorer import page

pytestmark = pytest.mark.slow

HOSTILE = "</script><script>window.hit = 1</script><img src=x onerror='window.hit = 1'> & \u2028 “quoted”"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small lineage, one card of which is hostile."""
    folder = tmp_path_factory.mktemp("page")
    with fresh(folder / "home", threads=2) as lake:
        lay(lake)
        describe(lake, "copied", card=f"A copy of big_tales. {HOSTILE} A subset of big_tales {HOSTILE}")
        overlap(lake)
        lineage(lake)
        (folder / "page.html").write_text(page(lake, pairs=2), encoding="utf-8")
    return folder / "page.html"


def test_the_page_asks_for_nothing_from_outside(written: Path) -> None:
    text = written.read_text()
    assert "default-src 'none'" in text
    assert not re.search(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=", text.split('id="lineage">')[0])
    assert "Copyright (c) 2016-2026, The Cytoscape Consortium." in text
    data = json.loads(re.search(r'id="lineage">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    assert {edge["child"] for edge in data["edges"] if edge["quote"] and HOSTILE in edge["quote"]} == {"copied"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Any, written: Path) -> Iterator[Any]:
    """The page, opened; whatever it asks of a network or complains about fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: None if request.url.startswith("file:") else troubles.append(request.url))
    opened.goto(written.as_uri())
    opened.wait_for_function("window.explorer !== undefined")
    yield opened
    assert troubles == []
    assert opened.evaluate("window.hit") is None
    context.close()


def shown(tab: Any) -> set[str]:
    return set(tab.evaluate("[...explorer.shown]"))


def test_it_opens_with_the_whole_graph_and_its_figures(tab: Any) -> None:
    assert shown(tab) == {"acme/tales", "tatsu-lab/alpaca", "big_tales", "few-tales", "copied", "retold"}
    assert tab.inner_text("#status") == "6 of 7 datasets, 5 edges shown"
    assert "Most reused" in tab.inner_text("#panel")
    canvas = tab.evaluate("[...document.querySelectorAll('#graph canvas')].map(c => c.width > 0).includes(true)")
    assert canvas


def test_search_shows_one_hop_and_what_is_folded(tab: Any) -> None:
    tab.fill("#search", "big_tales")
    tab.press("#search", "Enter")
    assert shown(tab) == {"acme/tales", "tatsu-lab/alpaca", "big_tales", "few-tales", "copied"}
    assert tab.evaluate("explorer.cy.getElementById('nfew-tales').data('label')") == "few-tales › +1"
    tab.fill("#hops", "2")
    tab.press("#hops", "Enter")
    assert "retold" in shown(tab)
    tab.fill("#search", "nosuch")
    tab.press("#search", "Enter")
    assert tab.inner_text("#status") == "no dataset nosuch"


def position(tab: Any, element: str) -> tuple[float, float]:
    """Where an element of the graph is on the page."""
    found = tab.evaluate(
        "id => { const e = explorer.cy.getElementById(id), b = document.querySelector('#graph').getBoundingClientRect();"
        " const p = e.isNode() ? e.renderedPosition() : e.renderedMidpoint(); return [p.x + b.x, p.y + b.y]; }",
        element,
    )
    return found[0], found[1]


def test_a_click_on_a_dataset_tells_of_it_and_a_double_click_unfolds_it(tab: Any) -> None:
    tab.fill("#search", "retold")
    tab.press("#search", "Enter")
    assert shown(tab) == {"retold", "few-tales"}
    tab.mouse.click(*position(tab, "nfew-tales"))
    tab.wait_for_function("document.querySelector('#panel h2').textContent === 'few-tales'")
    panel = tab.inner_text("#panel")
    assert "in the lake, train" in panel
    assert "mit over big_tales (cc-by-nc-4.0), which is for non-commercial use (confirmed)" in panel
    tab.mouse.dblclick(*position(tab, "nfew-tales"))
    tab.wait_for_function("explorer.shown.has('big_tales')")


def test_a_click_on_an_edge_shows_its_evidence_and_pairs_of_samples(tab: Any) -> None:
    number = tab.evaluate("explorer.model.data.edges.find(e => e.child === 'few-tales' && e.parent === 'big_tales').id")
    tab.mouse.click(*position(tab, number))
    tab.wait_for_function("document.querySelector('#panel blockquote') !== null")
    panel = tab.inner_text("#panel")
    for part in (
        "confirmed",
        "Few Tales is a filtered subset of big_tales.",
        "100.0 %",
        "tell me a tale of the animal",
    ):
        assert part in panel
    assert tab.locator("#panel .pair").count() == 2
    assert "from sample_pairs where dataset = 'few-tales' and other = 'big_tales'" in panel


def test_texts_of_datasets_are_only_texts(tab: Any) -> None:
    tab.evaluate(
        "explorer.pickEdge(explorer.model.data.edges.find(e => e.child === 'copied' && e.parent === 'big_tales'))"
    )
    assert HOSTILE.split("\u2028", maxsplit=1)[0].strip() in tab.locator("#panel blockquote").text_content()
    assert tab.locator("#panel img").count() == 0


def test_the_path_between_two_datasets(tab: Any) -> None:
    tab.fill("#from", "acme/tales")
    tab.fill("#to", "retold")
    tab.click("#find")
    assert shown(tab) == {"acme/tales", "big_tales", "few-tales", "retold"}
    assert tab.inner_text("#status") == "3 edges: acme/tales → big_tales → few-tales → retold"
    assert tab.evaluate("explorer.cy.edges('.path').length") == 3
    assert tab.evaluate("explorer.path('copied', 'retold')") is None


def test_edges_are_chosen_by_verdict(tab: Any) -> None:
    tab.uncheck("#verdicts input[value='declared only']")
    assert tab.evaluate("explorer.cy.edges().length") == 2
    tab.check("#verdicts input[value='contradicted']")
    tab.click("#every")
    assert "puzzles" in shown(tab)
    tab.check("#explained")
    assert tab.evaluate("explorer.cy.edges().filter(e => e.data('via')).length") >= 1


def test_pan_zoom_and_an_address_of_its_own(tab: Any, written: Path) -> None:
    before = tab.evaluate("[explorer.cy.zoom(), explorer.cy.pan().x]")
    tab.mouse.move(300, 650)
    tab.mouse.wheel(0, -400)
    tab.wait_for_function(f"explorer.cy.zoom() > {before[0]}")
    tab.mouse.down()
    tab.mouse.move(420, 660, steps=4)
    tab.mouse.up()
    assert tab.evaluate("explorer.cy.pan().x") != before[1]
    tab.goto(written.as_uri() + "#few-tales")
    tab.reload()
    tab.wait_for_function("window.explorer !== undefined")
    assert shown(tab) == {"few-tales", "big_tales", "retold"}
