"""Precision and recall of finding planted benchmark items, by how they were planted and by method.

    python -m benchmarks.contamination_quality [--shared ../shared] [--items 300]

Items are of GSM8K (test) and MATH-500, fillers and clean samples of sets without them; a planted text counts as found
where it is flagged with its own item, and every other flag is a false one. Prints the table of `docs/contamination.md`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.planted_leaks import KINDS, Planted, planted
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.contaminating.parameters import Scanning
from pipelines.contamination import contamination
from pipelines.ingest import ingest

BENCHMARKS = ("gsm8k_test", "math500")
CLEAN = ("dolly_3k_filtered", "alpaca_expert_revised", "hh_rlhf_harmless_test", "cot_qasc")
METHODS = ("exact", "letters", "runs", "edited", "near")
LEAST_WORDS = 13


def fill(lake: Lake, folder: Path, shared: Path, number: int) -> list[Planted]:
    """Ingest benchmarks, clean sets and a dataset `planted`; returns what stands in its rows."""
    for name in BENCHMARKS:
        ingest(lake, shared / "data" / "benchmarks" / name, kind="benchmark")
    for name in CLEAN:
        ingest(lake, shared / "data" / "datasets" / name)
    items = [
        text
        for name in BENCHMARKS
        for (text,) in lake.rows(
            "select instruction from samples where dataset = ? and length(instruction) - length(replace(instruction, ' ', '')) >= ? "
            "order by hash(sample_id) limit ?",
            [name, LEAST_WORDS, number // len(BENCHMARKS)],
        )
    ]
    fillers = [
        text
        for (text,) in lake.rows(
            "select response from samples where dataset = 'dolly_3k_filtered' and length(response) > 200 order by sample_id"
        )
    ]
    rows = planted(items, fillers)
    write(folder / "planted.jsonl", rows)
    ingest(lake, folder / "planted.jsonl", name="planted")
    return rows


def write(path: Path, rows: Sequence[Planted]) -> None:
    """Planted texts as JSON lines in Alpaca form."""
    lines = (json.dumps({"instruction": row.prompt, "output": row.answer}) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def found(lake: Lake) -> dict[int, dict[str, set[str]]]:
    """Row of `planted` -> text of each item it is flagged with -> methods."""
    flags: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row, text, method in lake.rows(
        "select sample.row_no, item.instruction, method from contamination "
        "join samples as sample on sample.sample_id = contamination.sample_id "
        "join samples as item on item.sample_id = item_id "
        "where verdict = 'contaminated' and contamination.dataset = 'planted'"
    ):
        flags[int(row)][str(text)].add(str(method))
    return flags


def measured(lake: Lake, rows: Sequence[Planted], items: Sequence[str]) -> tuple[dict[str, dict[str, float]], int, int]:
    """Recall by kind and method (`any` of all), pairs flagged, and how many of them are false, clean sets included."""
    flags = found(lake)
    hits: dict[str, dict[str, int]] = {kind: dict.fromkeys((*METHODS, "any"), 0) for kind in KINDS}
    totals = dict.fromkeys(KINDS, 0)
    pairs, wrong = 0, 0
    for number, row in enumerate(rows):
        totals[row.kind] += 1
        here = flags.get(number, {})
        own = here.get(items[row.item], set())
        pairs += len(here)
        wrong += len(here) - bool(own)
        for method in own:
            hits[row.kind][method] += 1
        hits[row.kind]["any"] += bool(own)
    clean = lake.rows(
        "select count(distinct (item_id, sample_id)) from contamination where verdict = 'contaminated' and dataset <> 'planted'"
    )[0][0]
    recall = {
        kind: {name: n / totals[kind] for name, n in counts.items()} for kind, counts in hits.items() if totals[kind]
    }
    return recall, pairs + clean, wrong + clean


def _lake(folder: str) -> Lake:
    return Lake.open(Settings.load(home=Path(folder) / "home"), create=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--ngram", type=int, default=8)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oda-quality-") as folder, _lake(folder) as lake:
        rows = fill(lake, Path(folder), chosen.shared, chosen.items)
        items = list(dict.fromkeys(row.prompt for row in rows if row.kind == "verbatim"))
        contamination(lake, scanning=Scanning(ngram=chosen.ngram))
        recall, pairs, wrong = measured(lake, rows, items)
    print(f"| planted | {' | '.join((*METHODS, 'any'))} |\n|---|{'---:|' * (len(METHODS) + 1)}")
    for kind, by_method in recall.items():
        print(f"| {kind} | {' | '.join(f'{by_method[name]:.3f}' for name in (*METHODS, 'any'))} |")
    print(
        f"\n{len(rows):,} planted texts of {len(items)} items; {pairs:,} pairs flagged, {wrong} of them false: precision {1 - wrong / pairs:.4f}"
    )


if __name__ == "__main__":
    main()
