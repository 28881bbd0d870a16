-- relation: contamination_flow
-- grain: one row per edge of the graph and benchmark of which both ends hold items: contamination that came along
-- inputs: lineage_edges, contamination
-- column parent_items | items of the benchmark that some sample of the parent holds
-- column child_items | and some sample of the child
-- column items | those that both hold
-- column share | of the items that the parent holds, those that the child holds too
with held as (
    select distinct
        dataset,
        benchmark,
        item_id
    from contamination
    where verdict = 'contaminated'
),

counted as (
    select
        dataset,
        benchmark,
        count(*) as items
    from held
    group by dataset, benchmark
),

shared as (
    select
        edge.child,
        edge.parent,
        above.benchmark,
        count(*) as items
    from lineage_edges as edge
    join held as above on above.dataset = edge.parent
    join held as below on below.dataset = edge.child and below.item_id = above.item_id
    where edge.counted
    group by edge.child, edge.parent, above.benchmark
)

select
    edge.child,
    edge.parent,
    edge.relation,
    edge.verdict,
    above.benchmark,
    above.items as parent_items,
    below.items as child_items,
    coalesce(shared.items, 0) as items,
    coalesce(shared.items, 0) / nullif(above.items, 0) as share
from lineage_edges as edge
join counted as above on above.dataset = edge.parent
join counted as below on below.dataset = edge.child and below.benchmark = above.benchmark
left join shared
    on shared.child = edge.child
    and shared.parent = edge.parent
    and shared.benchmark = above.benchmark
where edge.counted
