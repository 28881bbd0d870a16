-- relation: short_datasets
-- grain: one row per dataset with fewer rows of a kind, whatever their version, than samples
-- inputs: samples, datasets, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter of: varchar | the kind
-- parameter datasets: varchar[] | datasets looked at
with held as (
    select s.dataset, count(*) as n
    from $stored as s
    where s.$kind = $of
    group by s.dataset
),
counted as (
    select dataset, count(*) as n
    from samples
    group by dataset
)
select counted.dataset
from counted
join datasets using (dataset)
left join held using (dataset)
where list_contains($datasets, counted.dataset) and coalesce(held.n, 0) < counted.n
order by datasets.dataset_no
