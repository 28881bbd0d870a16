-- relation: subject_redundancy
-- grain: one row per slice or dataset trained on: the share of its rows whose content is there already
-- inputs: training_runs, slice_members, samples
with contents as (
    select
        slice as subject,
        content_id
    from slice_members
    union all
    select
        dataset as subject,
        content_id
    from samples
)

select
    subject,
    1 - count(distinct content_id) / nullif(count(*), 0) as redundancy
from contents
semi join training_runs using (subject)
group by subject
