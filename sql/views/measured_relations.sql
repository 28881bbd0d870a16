-- relation: measured_relations
-- grain: one row per pair of related datasets, with the dataset that explains it where it is no edge of its own
-- inputs: inferred_relations
-- column via | a dataset that explains what the two share: they both come from it, or the child from it and it from the
--   parent; NULL for a direct edge
-- Materialized: without it the views below are planned and run anew for each of the five places.
with inferred as materialized (
    from inferred_relations
),

children as (
    select parent, count(*) as children
    from inferred
    group by parent
),

-- A benchmark that two training sets hold makes neither the parent of the other.
explained as (
    select
        edge.child,
        edge.parent,
        first(onward.parent order by onward.strength desc, children.children desc, onward.parent) as via
    from inferred as edge
    join inferred as onward
        on onward.child = edge.child and onward.parent <> edge.parent and onward.relation <> 'shared_source'
    join inferred as beyond
        on beyond.child = edge.parent and beyond.parent = onward.parent
        or beyond.child = onward.parent and beyond.parent = edge.parent
    join children on children.parent = onward.parent
    where
        beyond.relation <> 'shared_source'
        and (edge.relation = 'benchmark_contamination' or onward.relation <> 'benchmark_contamination')
        and if(
            beyond.child = edge.parent,
            greatest(onward.prompts, onward.runs) >= greatest(edge.prompts, edge.runs),
            greatest(onward.prompts, onward.runs) > greatest(edge.prompts, edge.runs)
        )
    group by all
)

select
    edge.*,
    explained.via
from inferred as edge
left join explained using (child, parent)
