-- relation: all_datasets
-- grain: one row per dataset of the lake
-- inputs: datasets, scores, near_duplicates, contamination
-- column axes | axes that any of its samples has
-- column coverage | share of its scores that are values
-- column lost | share of its samples that another one stands for, in the view that loses most
-- column contaminated | samples that hold an item of a benchmark
-- column ingested | when it was read, UTC, as text
with scored as (
    select
        dataset,
        count(distinct axis) as axes,
        count(value) / nullif(count(*), 0) as coverage
    from scores
    group by dataset
),

excluded as (
    select
        dataset,
        max(n) as n
    from (select dataset, "view", count(*) as n from near_duplicates group by dataset, "view")
    group by dataset
),

leaks as (
    select
        dataset,
        count(distinct sample_id) as contaminated
    from contamination
    where verdict = 'contaminated'
    group by dataset
)

select
    datasets.dataset,
    datasets.kind,
    datasets.rows,
    datasets.rejected,
    coalesce(scored.axes, 0) as axes,
    scored.coverage,
    excluded.n / nullif(datasets.rows, 0) as lost,
    leaks.contaminated,
    strftime(datasets.ingested, '%Y-%m-%d %H:%M') as ingested
from datasets
left join scored using (dataset)
left join excluded using (dataset)
left join leaks using (dataset)
order by datasets.rows desc, datasets.dataset
