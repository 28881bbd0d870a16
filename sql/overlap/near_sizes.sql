-- relation: near_sizes
-- grain: one row per dataset: what there is to compare where most rows are in no cluster
-- inputs: keys (temporary: near_keys), datasets, dedup_runs
-- parameter view: varchar | text compared
-- column rows | rows compared, those without a cluster included
-- column keys | clusters, and rows without one
with clustered as (
    select
        dataset_no,
        sum(rows) as rows,
        count(*) as clusters
    from keys
    group by dataset_no
),

compared as (
    select
        unnest(json_keys(signed)) as dataset,
        unnest(json_extract(signed, '$.*.samples'))::bigint as rows
    from dedup_runs
    where "view" = $view
)

select
    datasets.dataset_no,
    compared.rows,
    (compared.rows - coalesce(clustered.rows, 0) + coalesce(clustered.clusters, 0))::bigint as keys
from compared
join datasets using (dataset)
left join clustered using (dataset_no)
