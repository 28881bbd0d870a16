-- relation: slice_members_without_sample
-- grain: one row per member of the slice whose sample is no longer there
-- inputs: slice_members, samples
-- audits: slices
-- blocking: true
-- parameter slice: varchar | slice audited
select
    sample_id,
    weight,
    reason
from slice_members
anti join samples using (sample_id)
where slice = $slice
order by sample_id
