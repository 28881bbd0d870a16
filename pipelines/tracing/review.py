"""What people decide on doubtful parents: kept by child and parent, whoever reads the documents again."""

from __future__ import annotations

from lake.catalog import Connection, Lake
from lake.errors import UnknownNameError, UsageError
from lake.rows import delete
from lake.values import CHOICE, RELATION
from pipelines.tracing.judged import Decision

_HINT = "What is to be decided: oda lineage review"


def store(lake: Lake, decision: Decision, note: str = "") -> None:
    """Keep a decision in the place of an earlier one.

    Raises UnknownNameError where neither a document nor a measurement connects the two, and for a `same_as` that is no
    dataset of the lineage; UsageError for a decision that contradicts itself.
    """
    CHOICE(decision.decision)
    if decision.relation is not None:
        RELATION(decision.relation)
    if decision.decision == "reject" and (decision.relation or decision.same_as):
        raise UsageError("What is rejected has no relation and means no dataset.", hint="Leave both out, or accept it.")
    if decision.same_as is not None:
        known = [row[0] for row in lake.rows("select dataset from lineage_nodes union select dataset from datasets")]
        if decision.same_as not in known:
            raise UnknownNameError.of("dataset of the lineage", decision.same_as, known)
        if decision.same_as == decision.child:
            raise UsageError(f"{decision.child} cannot be its own parent.").about(decision.same_as)
    children = lake.rows("select distinct child from lineage_claims union select distinct child from lineage_edges")
    if (decision.child,) not in children:
        raise UnknownNameError.of("child in the lineage", decision.child, [row[0] for row in children], hint=_HINT)
    parents = lake.rows(
        "select parent from lineage_edges where child = $child union "
        "select unnest([parent, mention]) from lineage_claims where child = $child",
        {"child": decision.child},
    )
    if (decision.parent,) not in parents:
        names = [row[0] for row in parents if row[0]]
        raise UnknownNameError.of(f"parent of {decision.child}", decision.parent, names, hint=_HINT)
    row = [decision.child, decision.parent, decision.decision, decision.relation, decision.same_as, note or None]

    def work(connection: Connection) -> None:
        _delete(connection, decision.child, decision.parent)
        connection.execute("insert into lineage_reviews values (?, ?, ?, ?, ?, ?, now()::timestamp)", row)

    lake.transact(work, message=f"lineage: {decision.decision} {decision.parent} as a parent of {decision.child}")


def drop(lake: Lake, child: str, parent: str) -> None:
    """Take a decision back; raises UnknownNameError where there is none."""
    decided = lake.rows("select child || ' <- ' || parent from lineage_reviews")
    if (f"{child} <- {parent}",) not in decided:
        raise UnknownNameError.of("decision", f"{child} <- {parent}", [row[0] for row in decided])
    lake.transact(
        lambda connection: _delete(connection, child, parent),
        message=f"lineage: forget the decision on {parent} as a parent of {child}",
    )


def _delete(connection: Connection, child: str, parent: str) -> None:
    delete(connection, "lineage_reviews", child=child, parent=parent)
