-- relation: heavy_dedup_loss
-- grain: one row per view in which the dataset loses more of its samples to near-duplicates than allowed
-- inputs: dedup_runs, near_duplicates
-- audits: near_duplicates
-- severity: warn
-- parameter dataset: varchar | dataset audited
-- parameter allowed: double = 0.5 | largest share of samples that are not survivors
with compared as (
    select
        "view",
        (signed -> $dataset ->> 'samples')::bigint as samples
    from dedup_runs
),

excluded as (
    select
        "view",
        count(*) as excluded
    from near_duplicates
    where dataset = $dataset
    group by "view"
)

select
    $dataset as dataset,
    "view",
    samples,
    excluded,
    excluded / samples as share
from compared
join excluded using ("view")
where excluded > $allowed * samples
