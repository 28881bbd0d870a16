-- relation: dedup_loss
-- grain: one row per dataset compared in a view: how many of its samples another one stands for
-- inputs: dedup_runs, near_duplicates
-- parameter view: varchar = sample | text compared
-- column samples | samples compared
-- column excluded | samples that are not survivors
-- column inside | of these, how many have a survivor in the same dataset
-- column share | excluded / samples
with compared as (
    select
        unnest(json_keys(signed)) as dataset,
        unnest(json_extract(signed, '$.*.samples'))::bigint as samples
    from dedup_runs
    where "view" = $view
),

excluded as (
    select
        dataset,
        count(*) as excluded,
        count(*) filter (where reason = 'exact') as exact,
        count(*) filter (where reason = 'near') as near,
        count(*) filter (where reason = 'chain') as chain,
        count(*) filter (where survivor_dataset = dataset) as inside
    from near_duplicates
    where "view" = $view
    group by dataset
)

select
    compared.dataset,
    compared.samples,
    coalesce(excluded.excluded, 0) as excluded,
    coalesce(excluded.exact, 0) as exact,
    coalesce(excluded.near, 0) as near,
    coalesce(excluded.chain, 0) as chain,
    coalesce(excluded.inside, 0) as inside,
    coalesce(excluded.excluded, 0) / compared.samples as share
from compared
left join excluded using (dataset)
order by share desc, dataset
