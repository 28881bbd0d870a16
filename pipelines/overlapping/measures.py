"""Measures of overlap: each is a relation of keys, and pairs of datasets follow from the sets that share keys.

Keys are taken in parts, by ranges of their hashes, so that what is held at once does not grow with the lake: a key is
in one part with all of its datasets, and what parts say of sizes and sets adds up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lake.catalog import Connection
from lake.errors import UsageError
from lake.relations import keep, run
from lake.rows import count, drop
from pipelines.deduping.parameters import TEXTS
from pipelines.overlapping.keys import Keying

ALL = 2**63 - 1
"""The largest hash of a key: nothing is left out."""

KEYS_AT_ONCE = 16_000_000
"""Keys of a part, before those of a dataset that are the same are counted as one."""

ANSWERS = 200
"""Prompts of a pair of datasets whose answers are compared at most, those of the least hashes."""

COMPARED = 1_000_000
"""Pairs of answers compared in all. Where all pairs of datasets have more, each gets the same number, or all it has."""

ANSWERS_AT_ONCE = 250_000
"""Pairs of answers whose texts are held at once."""

_Z = 1.959963984540054
_FOUND = "dataset_no bigint, other_no bigint, measure varchar, rows bigint, found bigint, containment double, "
_FOUND += "low double, high double, keys bigint, jaccard double, similarity double"
_ALONE = "dataset_no bigint, measure varchar, rows bigint, keys bigint, elsewhere bigint, parts bigint, wide bigint"


@dataclass(frozen=True)
class Measure:
    """One sense in which rows are equal.

    - keys: the relation of `sql/overlap/` with a row per dataset and key; given: its parameters.
    - number: a query of how many keys there are.
    - sizes: the relation of what each dataset has to compare.
    """

    name: str
    keys: str
    given: dict[str, Any]
    number: str = "select sum(rows) from datasets"
    sizes: str = "key_sizes"


def measures(keying: Keying, views: tuple[str, ...]) -> tuple[Measure, ...]:
    """All measures; near-duplicates in those views of texts that were compared."""
    version = {"version": keying.version}
    plain = (
        Measure("content", "content_keys", {}),
        Measure("instruction", "instruction_keys", version),
        Measure("letters", "letters_keys", version),
        Measure("runs", "runs_keys", version, _RUNS),
    )
    # Near-duplicates are few beside samples, and what is in no cluster is known only when all clusters are.
    near = (
        Measure(f"near_{view}", "near_keys", {"view": view}, "select 1", "near_sizes")
        for view in TEXTS
        if view in views
    )
    return (*plain, *near)


def chosen(keying: Keying, name: str, views: tuple[str, ...]) -> Measure:
    """The measure of that name.

    Raises UsageError for near-duplicates of a view that were not sought yet.
    """
    known = {measure.name: measure for measure in measures(keying, views)}
    if name not in known:
        view = name.removeprefix("near_")
        raise UsageError(f"Near-duplicates of {view} were not sought yet.", hint=f"Run: oda dedup --view {view}")
    return known[name]


def prepare(connection: Connection) -> None:
    """Make the temporary tables `found` and `alone`, empty."""
    connection.execute(f"create or replace temp table found ({_FOUND})")
    connection.execute(f"create or replace temp table alone ({_ALONE})")


def take(connection: Connection, measure: Measure, fraction: float) -> None:
    """Add what a measure says to the temporary tables `found` and `alone`.

    - fraction: of all keys the part that is looked at, those of the least hashes, the same in every dataset. Counts are
      scaled up, and shares have an interval (Wilson's, of the keys looked at).
    """
    most = ALL if fraction >= 1 else int(fraction * ALL)
    adding = {"sizes": "sizes_of_parts", "sets": "sets_of_parts"}
    if measure.name == "letters":
        adding["answers"] = "answers_of_parts"
    for number, (least, last) in enumerate(_parts(connection, measure, most)):
        keep(connection, "keys", measure.keys, least=least, most=last, **measure.given)
        _keep_sizes(connection, measure, fraction)
        keep(connection, "sets", "key_sets", keys="keys")
        if "answers" in adding:
            keep(connection, "pairs", "key_pairs")
            keep(connection, "answers", "answer_pairs", most=_answers_each(connection))
        for part, whole in adding.items():
            connection.execute(
                f"insert into {whole} from {part}" if number else f"create or replace temp table {whole} as from {part}"
            )
        if count(connection, "sets_of_parts") > KEYS_AT_ONCE:
            connection.execute(_SETS)
            connection.execute("create or replace temp table sets_of_parts as from sets")
    connection.execute(_SIZES)
    connection.execute(_SETS)
    keep(connection, "pairs", "key_pairs")
    if "answers" in adding:
        # A part has at most the keys of the whole, so it kept at least as many for each pair of datasets.
        connection.execute(_ANSWERS, {"most": _answers_each(connection)})
    scale = 1.0 if fraction >= 1 else 1 / fraction
    values = {"measure": measure.name, "scale": scale, "exact": fraction >= 1, "z": _Z}
    connection.execute(_PAIRS, values)
    keep(connection, "redundant", "redundancy")
    connection.execute(_REDUNDANT, {"measure": measure.name, "scale": scale})
    drop(connection, "keys", "sizes", "sets", "pairs", "redundant")
    drop(connection, *adding.values(), *(adding.keys() - {"sizes", "sets"}))


def compare_answers(connection: Connection) -> None:
    """Add what the answers to prompts say that two datasets both have, after the measure `letters`."""
    keep(connection, "answer_parts", "answer_parts", most=ANSWERS_AT_ONCE)
    found = connection.execute("select max(part) from answer_parts").fetchone()
    for part in range(0 if found is None or found[0] is None else int(found[0]) + 1):
        keep(connection, "asked", "answer_part", part=part)
        keep(connection, "answers", "answer_texts")
        keep(connection, "answered", "answer_overlaps")
        connection.execute(
            "insert into found by name select dataset_no, other_no, measure, rows, found, containment, "
            "containment as low, containment as high, similarity from answered"
        )
        drop(connection, "asked", "answers", "answered")
    drop(connection, "answer_parts", "answer_pairs")


def count_wide(connection: Connection, keying: Keying) -> None:
    """Add to `alone` how many prompts of a dataset are in letters beyond Latin ones."""
    keep(connection, "wide", "wide_prompts", version=keying.version)
    connection.execute(
        "update alone set wide = wide.rows from wide where alone.dataset_no = wide.dataset_no and measure = 'letters'"
    )
    drop(connection, "wide")


def _parts(connection: Connection, measure: Measure, most: int) -> list[tuple[int, int]]:
    """Ranges of hashes, both ends included, with so many keys each as can be held at once."""
    found = connection.execute(measure.number, measure.given if "$" in measure.number else {}).fetchone()
    keys = int(found[0] or 0) if found else 0
    parts = max(1, math.ceil(keys * (most / ALL) / KEYS_AT_ONCE))
    edges = [most * part // parts for part in range(parts)]
    return list(zip(edges, [*(edge - 1 for edge in edges[1:]), most], strict=True))


def _answers_each(connection: Connection) -> int:
    """Prompts looked at per pair of datasets, so that all of the table `pairs` together stay within COMPARED."""
    counts: list[tuple[int, int]] = connection.execute(
        "select least(keys, $most), count(*) from pairs where dataset_no < other_no group by all", {"most": ANSWERS}
    ).fetchall()

    def fits(each: int) -> bool:
        return sum(number * min(each, keys) for keys, number in counts) <= COMPARED

    return next((each for each in range(ANSWERS, 1, -1) if fits(each)), 1)


def _keep_sizes(connection: Connection, measure: Measure, fraction: float) -> None:
    if measure.sizes == "near_sizes":
        keep(connection, "sizes", measure.sizes, **measure.given)
        if fraction < 1:
            connection.execute("update sizes set rows = rows * $f, keys = keys * $f", {"f": fraction})
        return
    keep(connection, "sizes", measure.sizes, keys="keys")


_RUNS = "select sum(len(runs)) from prompt_keys where version = $version"

_SIZES = """
create or replace temp table sizes as
select dataset_no, sum(rows)::bigint as rows, sum(keys)::bigint as keys from sizes_of_parts group by dataset_no
"""

_SETS = """
create or replace temp table sets as
select members, dataset_no, sum(rows)::bigint as rows, sum(keys)::bigint as keys from sets_of_parts group by all
"""

_ANSWERS = """
create or replace temp table answer_pairs as
select dataset_no, other_no, sample_id, other_id from answers_of_parts
qualify row_number() over (partition by dataset_no, other_no order by place) <= $most
"""

_PAIRS = """
insert into found by name
select
    dataset_no,
    other_no,
    $measure as measure,
    round(rows * $scale)::bigint as rows,
    round(found * $scale)::bigint as found,
    containment,
    if($exact, containment, greatest(0, middle - reach)) as low,
    if($exact, containment, least(1, middle + reach)) as high,
    round(keys * $scale)::bigint as keys,
    jaccard
from (
    select
        *,
        (containment + $z * $z / (2 * sampled)) / (1 + $z * $z / sampled) as middle,
        $z * sqrt(containment * (1 - containment) / sampled + $z * $z / (4 * sampled * sampled))
        / (1 + $z * $z / sampled) as reach
    from pairs
)
"""

_REDUNDANT = """
insert into alone by name
select
    dataset_no,
    $measure as measure,
    round(rows * $scale)::bigint as rows,
    round(keys * $scale)::bigint as keys,
    round(elsewhere * $scale)::bigint as elsewhere,
    round(parts * $scale)::bigint as parts
from redundant
"""


def near_runs(connection: Connection) -> dict[str, str]:
    """View -> when its near-duplicates were sought, of views of texts."""
    rows = connection.execute('select "view", created::varchar from dedup_runs order by 1').fetchall()
    return {str(view): str(created) for view, created in rows if view in TEXTS}


def states(connection: Connection) -> dict[str, list[Any]]:
    """Dataset -> its number, when it came, and its rows."""
    rows = run(connection, "dataset_states").fetchall()
    return {str(dataset): list(facts) for dataset, *facts in rows}
