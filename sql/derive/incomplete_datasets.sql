-- relation: incomplete_datasets
-- grain: one row per dataset that lacks rows of a stored derived relation
-- inputs: samples, datasets, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where there should have been a value
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
    select s.dataset, count(*) as n
    from $stored as s
    join wanted on s.$kind = wanted.kind and s.$version = wanted.version
    where not ($retried and s.$outcome = 'failed')
    group by s.dataset
),
counted as (
    select dataset, count(*) as n
    from $samples as samples
    group by dataset
)
select counted.dataset, counted.n as samples
from counted
join datasets using (dataset)
left join held using (dataset)
where list_contains($datasets, counted.dataset)
    and coalesce(held.n, 0) <> counted.n * len($kinds)
order by datasets.dataset_no
