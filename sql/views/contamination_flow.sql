-- relation: contamination_flow
-- grain: one row per edge of the graph and benchmark of which both ends hold items: contamination that came along
-- inputs: lineage_edges, lineage_nodes, dataset_pairs
-- column parent_items | rows of the benchmark whose prompt the parent has
-- column child_items | and the child
-- column share | of the benchmark's prompts that the parent has, the child's count as a share of them, at most 1
with held as (
    select pairs.dataset as benchmark, pairs.other as dataset, pairs.prompt_rows as items
    from dataset_pairs as pairs
    join lineage_nodes as benchmarks on benchmarks.dataset = pairs.dataset
    join lineage_nodes as holders on holders.dataset = pairs.other
    where benchmarks.kind = 'benchmark' and holders.kind = 'train' and pairs.prompt_rows > 0
)

select
    edge.child,
    edge.parent,
    edge.relation,
    edge.verdict,
    above.benchmark,
    above.items as parent_items,
    below.items as child_items,
    least(1, below.items / nullif(above.items, 0)) as share
from lineage_edges as edge
join held as above on above.dataset = edge.parent
join held as below on below.dataset = edge.child and below.benchmark = above.benchmark
where edge.counted
