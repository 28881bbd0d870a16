-- relation: reusable_scores
-- grain: one row per sample and donor: another sample of the lake with equal content that has scores it lacks
-- inputs: pending_window, samples, scores
-- parameter axes: varchar[] | wanted axes, at most 60
-- parameter versions: varchar[] | wanted scorer version of each axis
-- column mask | bit i is set where axis i is taken from this donor; each axis of a sample has one donor
with wanted as (
    select
        unnest($axes) as axis,
        unnest($versions) as scorer_version,
        1::bigint << (generate_subscripts($axes, 1) - 1) as bit
),
twins as (
    select pending_window.sample_id, pending_window.mask, samples.sample_id as twin_id
    from samples
    join pending_window using (content_id)
    where samples.sample_id <> pending_window.sample_id
),
donors as (
    select twins.sample_id, wanted.bit, min(twins.twin_id) as donor_id
    from scores
    join wanted using (axis, scorer_version)
    join twins on twins.twin_id = scores.sample_id
    where scores.status <> 'failed' and (twins.mask & wanted.bit) <> 0
    group by twins.sample_id, wanted.bit
)
select sample_id, donor_id, bit_or(bit) as mask
from donors
group by sample_id, donor_id
