-- relation: incomplete_datasets
-- grain: one row per dataset that lacks rows of a stored derived relation
-- inputs: samples, datasets, counted (registered: stored_counts of the relation)
-- parameter kinds: varchar[] | wanted kinds
-- parameter versions: varchar[] | wanted version of each kind
-- parameter retried: boolean = false | whether rows that say 'failed' count as lacking
-- parameter samples: identifier = samples | the samples looked at: all, or those that do not wait
-- parameter datasets: varchar[] | datasets looked at
-- column samples | samples of the dataset
with wanted as (
    select unnest($kinds) as kind, unnest($versions) as version
),
held as (
    select counted.dataset, sum(counted.n) as n
    from counted
    join wanted using (kind, version)
    where not ($retried and counted.outcome = 'failed')
    group by counted.dataset
),
sizes as (
    select dataset, count(*) as n
    from $samples as samples
    group by dataset
)
select sizes.dataset, sizes.n as samples
from sizes
join datasets using (dataset)
left join held using (dataset)
where list_contains($datasets, sizes.dataset)
    and coalesce(held.n, 0) <> sizes.n * len($kinds)
order by datasets.dataset_no
