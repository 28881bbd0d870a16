-- relation: member_places
-- grain: one row per member of a slice: what it was and which sample it is today
-- inputs: slice_members, slice_samples
-- parameter slice: varchar | slice looked up
-- column member_id | sample_id at the snapshot of the slice
-- column sample_id | sample_id today; NULL where its content is no longer in its dataset
-- column known | whether its content was recorded
select
    slice_members.sample_id as member_id,
    found.sample_id,
    slice_members.content_id is not null as known
from slice_members
left join (
    select member_id, sample_id
    from slice_samples
    where slice = $slice
) as found on slice_members.sample_id = found.member_id
where slice_members.slice = $slice
