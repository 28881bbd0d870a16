-- relation: slice_licences
-- grain: one row per slice and dataset of its members: the licence, and what comes with it
-- inputs: slice_members, lineage_nodes, licence_inheritance
-- column terms | what the licence of the dataset and those of its ancestors ask for
with counted as (
    select slice, dataset, count(*) as rows
    from slice_members
    group by slice, dataset
),

inherited as (
    select dataset, list(distinct term order by term) as terms
    from licence_inheritance
    group by dataset
)

select
    counted.slice,
    counted.dataset,
    counted.rows,
    lineage_nodes.license,
    list_sort(list_distinct(list_concat(coalesce(lineage_nodes.terms, []), coalesce(inherited.terms, [])))) as terms
from counted
left join lineage_nodes using (dataset)
left join inherited using (dataset)
