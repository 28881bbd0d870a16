"""Relations of the leaderboard over literal rows: means, gaps, references, sizes, contamination."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from literal_relations import Rows, result

from lake.relations import relation

RUNS = (
    "run varchar, role varchar, subject varchar, base varchar, recipe varchar, seed bigint, origin varchar, "
    "rows bigint, tokens bigint, loss double, seconds double, energy double, price double"
)
EVALUATIONS = (
    "run varchar, benchmark varchar, metric varchar, repeat integer, counted boolean, domain varchar, "
    "source_domain varchar, value double"
)


def run(
    name: str, subject: str, role: str = "trained", rows: int | None = None, tokens: int | None = None
) -> tuple[Any, ...]:
    recipe = "r" if role == "trained" else None
    return (name, role, subject, "m", recipe, None, "lake", rows, tokens, None, None, None, None)


def scored(
    name: str, repeat: int = 0, *, source: dict[str, str] | None = None, **values: float | None
) -> list[tuple[Any, ...]]:
    domains = {"gsm8k": "math", "math_500": "math", "humaneval": "code"}
    return [
        (name, benchmark, "accuracy", repeat, True, domains[benchmark], (source or {}).get(benchmark), value)
        for benchmark, value in values.items()
    ]


def board(runs: Rows, evaluations: Rows, wanted: str) -> list[tuple[Any, ...]]:
    """Rows of the view leaderboard, which stands on other views."""
    connection = duckdb.connect()
    for table, columns, rows in (("training_runs", RUNS, runs), ("evaluations", EVALUATIONS, evaluations)):
        connection.execute(f"create table {table} ({columns})")
        for row in rows:
            connection.execute(f"insert into {table} values ({', '.join('?' * len(row))})", list(row))
    for view in ("evaluated_runs", "evaluated_subjects", "leaderboard"):
        connection.execute(f"create view {view} as {relation(view).sql}")
    return connection.execute(wanted).fetchall()


RESULTS = [
    *scored("b", gsm8k=50.0, math_500=30.0, humaneval=20.0),
    *scored("i", gsm8k=80.0, math_500=40.0, humaneval=60.0),
    *scored("a1", gsm8k=60.0, math_500=40.0, humaneval=10.0),
    *scored("a2", gsm8k=64.0, math_500=None, humaneval=30.0),
    *scored("c1", gsm8k=90.0, humaneval=90.0),
]
MODELS = [
    run("b", "m", "base"), run("i", "m-instruct", "instruct"),
    run("a1", "a", rows=2000, tokens=500_000), run("a2", "a", rows=2000, tokens=500_000), run("c1", "c"),
]  # fmt: skip


def test_domains_are_means_of_benchmarks_and_overall_of_domains() -> None:
    found = board(
        MODELS,
        RESULTS,
        "select subject, level, measure, score, runs, benchmarks, expected, delta_base, delta_instruct, per_1k_rows, per_1m_tokens "
        "from leaderboard where subject = 'a' order by level, measure",
    )
    assert found == [
        ("a", "benchmark", "gsm8k", 62.0, 2, 1, 1, 12.0, -18.0, 6.0, 24.0),
        ("a", "benchmark", "humaneval", 20.0, 2, 1, 1, 0.0, -40.0, 0.0, 0.0),
        ("a", "benchmark", "math_500", 40.0, 1, 1, 1, 10.0, 0.0, 5.0, 20.0),
        ("a", "domain", "code", 20.0, 2, 1, 1, 0.0, -40.0, 0.0, 0.0),
        ("a", "domain", "math", 51.0, 1, 2, 2, 11.0, -9.0, 5.5, 22.0),
        ("a", "overall", "overall", 35.5, 1, 3, 3, 5.5, -24.5, 2.75, 11.0),
    ]


def test_a_missing_benchmark_is_missing_and_said() -> None:
    found = board(
        MODELS,
        RESULTS,
        "select measure, score, benchmarks, expected from leaderboard where subject = 'c' order by level, measure",
    )
    assert found == [
        ("gsm8k", 90.0, 1, 1), ("humaneval", 90.0, 1, 1), ("math_500", None, 0, 1),
        ("code", 90.0, 1, 1), ("math", 90.0, 1, 2), ("overall", 90.0, 2, 3),
    ]  # fmt: skip


def test_a_benchmark_the_base_model_lacks_is_in_no_mean() -> None:
    found = board(
        [run("b", "m", "base"), run("a1", "a")],
        [*scored("b", gsm8k=50.0), *scored("a1", gsm8k=60.0, humaneval=99.0)],
        "select level, measure, score, delta_base from leaderboard where subject = 'a' order by all",
    )
    assert found == [
        ("benchmark", "gsm8k", 60.0, 10.0), ("benchmark", "humaneval", 99.0, None),
        ("domain", "math", 60.0, 10.0), ("overall", "overall", 60.0, 10.0),
    ]  # fmt: skip


def test_repeats_are_averaged_and_what_is_not_counted_is_left_out() -> None:
    other = [("a1", "gsm8k", "strict", 0, False, "math", None, 1.0)]
    found = board(
        [run("a1", "a")],
        [*scored("a1", gsm8k=60.0), *scored("a1", 1, gsm8k=70.0), *other],
        "select score, runs, delta_base from leaderboard where level = 'benchmark'",
    )
    assert found == [(65.0, 1, None)]


def test_a_source_groups_and_rounds_in_its_own_way() -> None:
    source = {"gsm8k": "math", "humaneval": "math"}
    found = board(
        [run("a1", "a"), run("a2", "a")],
        [
            *scored("a1", source=source, gsm8k=60.0, humaneval=30.001),
            *scored("a2", source=source, gsm8k=70.0, humaneval=None),
        ],
        "select grouping, measure, score from leaderboard where level = 'domain' order by all",
    )
    assert found == [("catalogue", "code", 30.001), ("catalogue", "math", 65.0), ("source", "math", 53.33)]


def test_nothing_gives_nothing() -> None:
    assert board([], [], "from leaderboard") == board([run("a1", "a")], [], "from leaderboard") == []


def test_the_summary_counts_whole_subjects_only() -> None:
    columns = (
        "base varchar, origin varchar, recipe varchar, grouping varchar, level varchar, measure varchar, role varchar, "
        "benchmarks bigint, expected bigint, delta_base double, delta_instruct double"
    )
    head = ("m", "lake", "r", "catalogue", "overall", "overall")
    rows = [
        (*head, "trained", 2, 2, 4.0, -1.0),
        (*head, "trained", 2, 2, -2.0, 1.0),
        (*head, "trained", 1, 2, 9.0, 9.0),
    ]
    assert result("board_summary", {"leaderboard": (columns, rows)}) == [(*head, 2, 1, 1.0, 1)]
    assert result("board_summary", {"leaderboard": (columns, [])}) == []


Q1, Q2, Q3 = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))


RUN_OF_SUBJECT = "run varchar, role varchar, subject varchar"
ITEMS = "run varchar, benchmark varchar, item varchar, instruction_id uuid"
SAMPLES = "sample_id bigint, dataset varchar, content_id uuid, instruction_id uuid"
MEMBERS = "slice varchar, dataset varchar, content_id uuid"
SETS = "dataset varchar, kind varchar, ingested timestamp"
FOUND = "item_id bigint, sample_id bigint, verdict varchar"
SCANS = "dataset varchar, benchmark varchar, method varchar, finished boolean, of_dataset varchar, of_benchmark varchar"
DAY = "2026-01-01 00:00:00"

TRAINED = {
    "training_runs": (RUN_OF_SUBJECT, [("r1", "trained", "cut"), ("r2", "trained", "whole"), ("r0", "base", "m")]),
    "evaluation_items": (
        ITEMS,
        [(r, "bench", item, q) for r in ("r1", "r2", "r0") for item, q in (("q1", Q1), ("q2", Q2), ("q3", None))],
    ),
    "samples": (
        SAMPLES,
        [(1, "whole", Q3, Q3), (2, "whole", Q2, Q1), (3, "other", Q3, Q1), (8, "items", Q1, Q1), (9, "items", Q2, Q2)],
    ),
    "slice_members": (MEMBERS, [("cut", "whole", Q2), ("cut", "whole", None)]),
    "datasets": (SETS, [("whole", "train", DAY), ("other", "train", DAY), ("items", "benchmark", DAY)]),
}


def test_contaminated_items_are_those_that_were_trained_on() -> None:
    """q1 is asked in both; a scan found q2 in the one content of `whole` that `cut` has not, and a trace of it there."""
    without = result("contaminated_items", {**TRAINED, "contamination": (FOUND, [])})
    assert without == [("cut", "bench", "q1"), ("whole", "bench", "q1")]
    found = [(9, 1, "contaminated"), (9, 2, "trace")]
    scanned = result("contaminated_items", {**TRAINED, "contamination": (FOUND, found)})
    assert scanned == [("cut", "bench", "q1"), ("whole", "bench", "q1"), ("whole", "bench", "q2")]


@pytest.mark.parametrize(
    ("scan", "scanned"),
    [
        (("whole", "items", "text", True, DAY, DAY), True),
        (("whole", "items", "text", False, DAY, DAY), False),  # not to its end
        (("whole", "items", "embedding", True, DAY, DAY), False),
        (("whole", "items", "text", True, "2025-01-01 00:00:00", DAY), False),  # of an earlier state
        (("other", "items", "text", True, DAY, DAY), False),
    ],
)
def test_a_subject_is_scanned_where_all_of_its_data_are(scan: tuple[object, ...], scanned: bool) -> None:
    found = result("contamination_known", {**TRAINED, "contamination_scans": (SCANS, [scan])})
    assert found == [("cut", "bench", scanned), ("whole", "bench", scanned)]


def test_questions_that_no_benchmark_of_the_lake_has_are_not_scanned_for() -> None:
    samples = (SAMPLES, [row for row in TRAINED["samples"][1] if row[0] != 9])
    scans = (SCANS, [("whole", "items", "text", True, DAY, DAY)])
    found = result("contamination_known", {**TRAINED, "samples": samples, "contamination_scans": scans})
    assert found == [("cut", "bench", False), ("whole", "bench", False)]


def test_redundancy_is_the_share_of_repeated_contents() -> None:
    found = result(
        "subject_redundancy",
        {
            "training_runs": ("subject varchar", [("cut",), ("whole",)]),
            "slice_members": ("slice varchar, content_id uuid", [("cut", Q1), ("cut", Q2)]),
            "samples": ("dataset varchar, content_id uuid", [("whole", Q1), ("whole", Q1), ("other", Q1)]),
        },
    )
    assert found == [("cut", 0.0), ("whole", 0.5)]


def test_axes_of_subjects_come_from_everywhere() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "training_runs": (RUNS.replace("loss double", "loss double"), [
            ("r", "trained", "cut", "m", "r", 1, "lake", 100, 10_000, 0.5, 1.0, None, None),
            ("s", "trained", "whole", "m", "r", 1, "lake", 10, None, None, 1.0, None, None),
        ]),
        "published_scores": ("origin varchar, subject varchar, axis varchar, value double", [("lake", "whole", "QA Clarity", 7.0), ("else", "whole", "QA Clarity", 1.0)]),
        "dataset_profile": ("dataset varchar, axis varchar, mean double", [("whole", "mtld", 3.0), ("third", "mtld", 9.0)]),
        "dataset_scores": ("dataset varchar, axis varchar, value double", [("whole", "vendi", 4.0)]),
        "slice_members": ("slice varchar, dataset varchar, sample_id bigint", [("cut", "whole", 1), ("cut", "whole", 2)]),
        "scores": ("dataset varchar, sample_id bigint, axis varchar, value double", [("whole", 1, "mtld", 2.0), ("whole", 2, "mtld", 4.0), ("whole", 3, "mtld", 90.0)]),
    }  # fmt: skip
    found = [row for row in result("subject_axes", tables, origin="lake") if row[3] is not None]
    assert found == [
        ("cut", "log10 of samples", "proxy", 2.0),
        ("cut", "log10 of tokens", "proxy", 4.0),
        ("cut", "loss of training", "proxy", 0.5),
        ("cut", "mtld", "sample", 3.0),
        ("whole", "QA Clarity", "published", 7.0),
        ("whole", "log10 of samples", "proxy", 1.0),
        ("whole", "mtld", "sample", 3.0),
        ("whole", "vendi", "dataset", 4.0),
    ]


@pytest.mark.parametrize("base", ["m", "n"])
def test_runs_and_items_of_a_board_hold_its_references(base: str) -> None:
    runs = [
        ("r", "m", "lake", "trained", "x", "cut"), ("o", "m", "lake", "trained", "y", "cut"),
        ("b", "m", "lake", "base", None, "m"), ("z", "n", "lake", "trained", "x", "cut"),
    ]  # fmt: skip
    items = [(name, "bench", "q1", "g", 1.0) for name in "robz"] + [("r", "bench", "q1", "g", 0.0)]
    tables: dict[str, tuple[str, Rows]] = {
        "training_runs": (
            "run varchar, base varchar, origin varchar, role varchar, recipe varchar, subject varchar",
            runs,
        ),
        "evaluation_items": ("run varchar, benchmark varchar, item varchar, item_group varchar, outcome double", items),
    }
    found = result("board_items", tables, base=base, origin="lake", recipe="x")
    wanted = {
        "m": [("b", "bench", "q1", "g", 1.0), ("r", "bench", "q1", "g", 0.5)],
        "n": [("z", "bench", "q1", "g", 1.0)],
    }
    assert found == wanted[base]
