-- relation: many_exact_duplicates
-- grain: one row for the dataset when more of its samples than allowed repeat the content of an earlier one
-- inputs: samples
-- audits: samples
-- severity: warn
-- parameter dataset: varchar | dataset audited
-- parameter allowed: double = 0.05 | largest share of repeated samples
with contents as (
    select
        count(*) as samples,
        count(*) - count(distinct content_id) as repeated
    from samples
    where dataset = $dataset
)

select
    $dataset as dataset,
    samples,
    repeated,
    repeated / samples as share
from contents
where repeated > $allowed * samples
