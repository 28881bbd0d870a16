-- relation: pending_scores
-- grain: one row per sample of a window that lacks a score of some wanted axis in the wanted version
-- inputs: samples, scores
-- parameter dataset: varchar | dataset scored
-- parameter low: bigint | smallest sample id of the window
-- parameter high: bigint | largest sample id of the window
-- parameter axes: varchar[] | wanted axes, at most 60
-- parameter versions: varchar[] | wanted scorer version of each axis
-- column mask | bit i is set where axis i is pending
with wanted as (
    select
        unnest($axes) as axis,
        unnest($versions) as scorer_version,
        1::bigint << (generate_subscripts($axes, 1) - 1) as bit
),
done as (
    select scores.sample_id, bit_or(wanted.bit) as mask
    from scores
    join wanted using (axis, scorer_version)
    where scores.dataset = $dataset and scores.sample_id between $low and $high
    group by scores.sample_id
),
undone as (
    select
        samples.sample_id,
        samples.content_id,
        xor((1::bigint << len($axes)) - 1, coalesce(done.mask, 0)) as mask
    from samples
    left join done using (sample_id)
    where samples.dataset = $dataset and samples.sample_id between $low and $high
)
select sample_id, content_id, mask
from undone
where mask <> 0
