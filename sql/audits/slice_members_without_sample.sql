-- relation: slice_members_without_sample
-- grain: one row per member of the slice whose content is no longer in its dataset
-- inputs: slice_members, slice_samples
-- audits: slices
-- way out: Make the slice again; its datasets have changed.
-- partition: slice
-- blocking: true
-- parameter slices: varchar[] | slices audited
select
    members.slice,
    members.sample_id,
    members.weight,
    members.reason
from slice_members as members
anti join (
    select slice, member_id from slice_samples where list_contains($slices, slice)
) as found on members.sample_id = found.member_id and members.slice = found.slice
where list_contains($slices, members.slice)
order by members.slice, members.sample_id
