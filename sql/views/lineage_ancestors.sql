-- relation: lineage_ancestors
-- grain: one row per dataset and each dataset it comes from, over edges of the graph; turned round, the descendants
-- inputs: lineage_edges
-- column hops | edges of the shortest path
-- column toward | the parent with which it begins
with recursive steps as (
    select child as dataset, parent as ancestor, 1 as hops, parent as toward
    from lineage_edges
    where counted
    union
    select steps.dataset, edge.parent as ancestor, steps.hops + 1 as hops, steps.toward
    from steps
    join lineage_edges as edge on edge.child = steps.ancestor
    -- No path of an acyclic graph is longer; this ends whatever stands in the relation.
    where edge.counted and steps.hops < 100
)

select
    dataset,
    ancestor,
    min(hops)::bigint as hops,
    arg_min(toward, (hops, toward)) as toward
from steps
group by dataset, ancestor
