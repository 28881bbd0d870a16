-- relation: heavy_dedup_loss
-- grain: one row per view in which the dataset loses more of its samples to near-duplicates than allowed
-- inputs: dedup_runs, near_duplicates
-- audits: near_duplicates
-- way out: Look at near_duplicates before leaving them out.
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
-- parameter allowed: double = 0.5 | largest share of samples that are not survivors
with compared as (
    select
        datasets.dataset,
        "view",
        json_extract_string(json_extract(signed, datasets.dataset), 'samples')::bigint as samples
    from dedup_runs
    cross join (select unnest($datasets) as dataset) as datasets
),

excluded as (
    select
        dataset,
        "view",
        count(*) as excluded
    from near_duplicates
    where list_contains($datasets, dataset)
    group by dataset, "view"
)

select
    dataset,
    "view",
    samples,
    excluded,
    excluded / samples as share
from compared
join excluded using (dataset, "view")
where excluded > $allowed * samples
