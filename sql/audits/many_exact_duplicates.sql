-- relation: many_exact_duplicates
-- grain: one row for the dataset when more of its samples than allowed repeat the content of an earlier one
-- inputs: samples
-- audits: samples
-- way out: Leave them out of slices by content_id; oda dedup finds near ones too.
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
-- parameter allowed: double = 0.05 | largest share of repeated samples
with contents as (
    select
        dataset,
        count(*) as samples,
        count(*) - count(distinct content_id) as repeated
    from samples
    where list_contains($datasets, dataset)
    group by dataset
)

select
    dataset,
    samples,
    repeated,
    repeated / samples as share
from contents
where repeated > $allowed * samples
order by dataset
