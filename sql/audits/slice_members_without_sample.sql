-- relation: slice_members_without_sample
-- grain: one row per member of the slice whose content is no longer in its dataset
-- inputs: slice_members, slice_samples
-- audits: slices
-- blocking: true
-- parameter slice: varchar | slice audited
select
    sample_id,
    weight,
    reason
from slice_members
anti join (select member_id from slice_samples where slice = $slice) as found on slice_members.sample_id = found.member_id
where slice = $slice
order by sample_id
