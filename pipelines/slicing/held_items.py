"""Benchmark items in a selection: found before it is kept or written, refused, left out, or let through knowingly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from lake.catalog import Lake
from lake.errors import UsageError
from lake.relations import keep, quote, run

REFUSE, LEAVE_OUT, ALLOW = "refuse", "leave_out", "allow"
"""What is done about benchmark items in a selection."""

_NAMED = 4


@dataclass(frozen=True)
class HeldItems:
    """Members of a selection that are benchmark items or hold one: how many, by benchmark and by reason."""

    members: int
    benchmarks: dict[str, int]
    reasons: dict[str, int]

    def sentence(self, of: str) -> str:
        """What to say of it."""
        named = sorted(self.benchmarks.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{name} ({count:,})" for name, count in named[:_NAMED])
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        reasons = ", ".join(f"{count:,} of them {reason}" for reason, count in self.reasons.items())
        return f"{of} has {self.members:,} samples of benchmarks: {listed}{more}; {reasons}."


def find_held(lake: Lake, past: Lake, members: str) -> HeldItems:
    """Which members of a temporary table of `past` hold benchmark items, by what `lake` knows today.

    They are left as the temporary table `held` (sample_id, benchmarks, reason).
    """
    leaked = run(lake.connection, "leaked_contents").to_arrow_table()
    past.connection.register("arriving_leaked", leaked)
    past.connection.execute(
        "create or replace temp table leaked as select content_id::uuid as content_id, benchmark from arriving_leaked"
    )
    past.connection.unregister("arriving_leaked")
    keep(past.connection, "held", "held_items", members=members)
    past.connection.execute("drop table temp.leaked")
    benchmarks: Counter[str] = Counter()
    for names, count in past.rows("select benchmarks, count(*) from held group by all"):
        for name in names:
            benchmarks[name] += count
    reasons = dict(past.rows("select reason, count(*) from held group by reason order by count(*) desc, reason"))
    return HeldItems(sum(reasons.values()), dict(benchmarks), reasons)


def guard(lake: Lake, past: Lake, members: str, about: str, *, of: str) -> tuple[HeldItems, list[dict[str, Any]]]:
    """Find benchmark items in a selection and do what is wanted `about` them; returns them, and what was left out.

    Raises UsageError where they are refused.
    """
    found = find_held(lake, past, members)
    if about == REFUSE and found.members:
        raise UsageError(
            found.sentence(of),
            hint="Leave them out with --decontaminate, or say yes knowingly with --allow-benchmarks.",
        )
    left_out: list[dict[str, Any]] = []
    if about == LEAVE_OUT and found.members:
        left_out = past.query(
            "select held.sample_id, samples.dataset, samples.content_id::varchar as content_id, held.benchmarks, "
            "held.reason from held join samples using (sample_id) order by held.sample_id"
        ).to_pylist()
        past.rows(f"delete from {quote(members)} where sample_id in (select sample_id from held)")
    past.rows("drop table temp.held")
    return found, left_out


def choice(*, decontaminate: bool, allow_benchmarks: bool) -> str:
    """What is to be done about benchmark items, as two flags say.

    Raises UsageError where both are given.
    """
    if decontaminate and allow_benchmarks:
        raise UsageError("--decontaminate has no effect with --allow-benchmarks.", hint="Leave out one of them.")
    return LEAVE_OUT if decontaminate else ALLOW if allow_benchmarks else REFUSE
