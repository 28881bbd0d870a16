-- relation: slice_difference
-- grain: one row per content of a dataset in one of two slices that is not in the other as often, or otherwise weighed
-- inputs: slice_members
-- parameter first: varchar | slice
-- parameter second: varchar | other slice
-- column place | in first, in second, or changed: in both with another weight
-- column sample_id | sample_id at the snapshot of the slice that has it, the first if both do
with members as (
    select
        slice,
        dataset,
        content_id,
        sample_id,
        weight,
        reason,
        row_number() over (partition by slice, dataset, content_id order by sample_id) as copy
    from slice_members
    where slice in ($first, $second)
),

one as (
    select * from members where slice = $first
),

other as (
    select * from members where slice = $second
)

select
    case when other.sample_id is null then 'first' when one.sample_id is null then 'second' else 'changed' end as place,
    coalesce(one.dataset, other.dataset) as dataset,
    coalesce(one.sample_id, other.sample_id) as sample_id,
    one.weight as first_weight,
    other.weight as second_weight,
    one.reason as first_reason,
    other.reason as second_reason
from one
full join other
    on one.dataset = other.dataset and one.content_id = other.content_id and one.copy = other.copy
where one.sample_id is null or other.sample_id is null or one.weight <> other.weight
