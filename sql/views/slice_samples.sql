-- relation: slice_samples
-- grain: one row per member of a slice whose content is still in its dataset, with the sample that has it today
-- inputs: slice_members, samples
-- column sample_id | the sample of today: the member itself, or where a dataset was replaced one of equal content
-- column member_id | sample_id of the member at the snapshot of the slice
-- Not materialized, so that a filter on the slice reaches its partition.
with known as not materialized (
    select
        slice,
        sample_id as member_id,
        dataset,
        content_id,
        weight,
        reason
    from slice_members
    where content_id is not null
),

unmoved as not materialized (
    select known.*
    from known
    semi join samples on known.member_id = samples.sample_id
        and known.dataset = samples.dataset
        and known.content_id = samples.content_id
),

moved as not materialized (
    select
        known.*,
        row_number() over (partition by slice, dataset, content_id order by member_id) as copy
    from known
    anti join samples on known.member_id = samples.sample_id
        and known.dataset = samples.dataset
        and known.content_id = samples.content_id
),

-- Samples of equal content that are no member yet: each takes one moved member, in order.
free as not materialized (
    select
        wanted.slice,
        wanted.dataset,
        wanted.content_id,
        samples.sample_id,
        row_number() over (
            partition by wanted.slice, wanted.dataset, wanted.content_id order by samples.sample_id
        ) as copy
    from samples
    join (select distinct slice, dataset, content_id from moved) as wanted using (dataset, content_id)
    anti join unmoved on wanted.slice = unmoved.slice and samples.sample_id = unmoved.member_id
)

select
    slice,
    member_id as sample_id,
    member_id,
    weight,
    reason
from unmoved
union all
select
    moved.slice,
    free.sample_id,
    moved.member_id,
    moved.weight,
    moved.reason
from moved
join free using (slice, dataset, content_id, copy)
