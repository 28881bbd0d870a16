-- relation: member_texts
-- grain: one row per member of a slice with its texts as they are today, the first ones
-- inputs: slice_members, slice_samples, samples
-- parameter slice: varchar | slice
-- parameter rows: bigint | how many
-- column instruction | NULL where its content is no longer in the lake
with members as (
    select
        slice,
        sample_id,
        dataset,
        weight,
        reason
    from slice_members
    where slice = $slice
    order by sample_id
    limit $rows
)

select
    members.sample_id,
    members.dataset,
    members.weight,
    members.reason,
    samples.instruction,
    samples.response
from members
left join slice_samples on slice_samples.slice = members.slice and slice_samples.member_id = members.sample_id
left join samples on samples.sample_id = slice_samples.sample_id
order by members.sample_id
