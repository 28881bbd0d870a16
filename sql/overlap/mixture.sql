-- relation: mixture
-- grain: one row per dataset of a mixture, in the order given: what it adds to those before it
-- inputs: keys (temporary: a relation of keys with dataset_no), datasets
-- parameter datasets: varchar[] | datasets of the mixture
-- column rows | rows that can be compared
-- column repeated | rows that repeat one of the same dataset
-- column elsewhere | rows that a dataset before it has
-- column new | the rest
with chosen as (
    select
        datasets.dataset_no,
        datasets.dataset,
        list_position($datasets, datasets.dataset) as place
    from datasets
    where list_contains($datasets, datasets.dataset)
),

placed as (
    select
        chosen.place,
        chosen.dataset,
        keys.rows,
        min(chosen.place) over (partition by keys.key) as first_place
    from keys
    join chosen using (dataset_no)
)

select
    chosen.dataset,
    coalesce(sum(placed.rows), 0)::bigint as rows,
    coalesce(sum(placed.rows - 1) filter (placed.first_place = placed.place), 0)::bigint as repeated,
    coalesce(sum(placed.rows) filter (placed.first_place < placed.place), 0)::bigint as elsewhere,
    count(placed.rows) filter (placed.first_place = placed.place) as new
from chosen
left join placed on placed.place = chosen.place
group by chosen.dataset, chosen.place
order by chosen.place
