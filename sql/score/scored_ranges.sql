-- relation: scored_ranges
-- grain: one row per dataset: where its scores lie
-- inputs: scores
-- parameter datasets: varchar[] | datasets looked at
-- column axes | axes it has scores of, in order
select
    dataset,
    min(sample_id) as low,
    max(sample_id) as high,
    list(distinct axis order by axis) as axes
from scores
where list_contains($datasets, dataset)
group by dataset
order by low
