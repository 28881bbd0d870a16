-- relation: copied_scores
-- grain: one row per sample and axis taken from a donor with equal content
-- inputs: donor_window, scores
-- parameter dataset: varchar | dataset of the samples
-- parameter axes: varchar[] | wanted axes, at most 60
-- parameter versions: varchar[] | wanted scorer version of each axis
with wanted as (
    select
        unnest($axes) as axis,
        unnest($versions) as scorer_version,
        1::bigint << (generate_subscripts($axes, 1) - 1) as bit
)
select
    donor_window.sample_id,
    $dataset as dataset,
    scores.axis,
    scores.scorer_version,
    scores.value,
    scores.status,
    scores.detail
from scores
join wanted using (axis, scorer_version)
join donor_window on donor_window.donor_id = scores.sample_id
where (donor_window.mask & wanted.bit) <> 0
order by donor_window.sample_id
