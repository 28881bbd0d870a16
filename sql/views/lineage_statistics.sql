-- relation: lineage_statistics
-- grain: one row per domain, and one for the whole graph (domain NULL)
-- inputs: lineage_nodes, lineage_edges
-- column datasets | datasets of the domain; a dataset of two domains counts in both
-- column outside | those named by documents only
-- column edges | edges of the graph whose child is of the domain
-- column roots | datasets from which others come and which come from none
-- column mean_depth | mean length of the longest path to a root, of datasets that have an edge
with places as (
    select null::varchar as domain, lineage_nodes.* from lineage_nodes
    union all by name
    select unnest(domains) as domain, * from lineage_nodes
),

edges as (
    select
        places.domain,
        count(*) as edges,
        count(*) filter (verdict = 'confirmed') as confirmed,
        count(*) filter (verdict = 'declared only') as declared_only,
        count(*) filter (verdict = 'measured only') as measured_only
    from lineage_edges
    join places on places.dataset = lineage_edges.child
    where counted
    group by places.domain
)

select
    places.domain,
    count(*) as datasets,
    count(*) filter (not inside) as outside,
    coalesce(any_value(edges.edges), 0) as edges,
    coalesce(any_value(confirmed), 0) as confirmed,
    coalesce(any_value(declared_only), 0) as declared_only,
    coalesce(any_value(measured_only), 0) as measured_only,
    count(*) filter (parents = 0 and children > 0) as roots,
    count(*) filter (parents = 0 and children = 0) as alone,
    max(depth) as depth,
    avg(depth) filter (parents + children > 0) as mean_depth,
    avg(parents) filter (parents > 0) as mean_parents,
    arg_max(dataset, (children, dataset)) filter (children > 0) as most_reused,
    max(children) as most_children,
    arg_max(dataset, (ancestors, dataset)) filter (ancestors > 0) as super_aggregator,
    max(ancestors) as most_ancestors
from places
left join edges on edges.domain is not distinct from places.domain
group by places.domain
