-- relation: superseded_scores
-- grain: one row per score of another version that is about to be replaced
-- inputs: written_window, scores
-- parameter dataset: varchar | dataset of the samples
-- parameter low: bigint | smallest sample id of the window
-- parameter high: bigint | largest sample id of the window
-- parameter axes: varchar[] | wanted axes, at most 60
-- parameter versions: varchar[] | wanted scorer version of each axis
with wanted as (
    select
        unnest($axes) as axis,
        unnest($versions) as scorer_version,
        1::bigint << (generate_subscripts($axes, 1) - 1) as bit
)
select scores.sample_id, scores.dataset, scores.axis, scores.scorer_version
from scores
join wanted on wanted.axis = scores.axis and wanted.scorer_version <> scores.scorer_version
join written_window on written_window.sample_id = scores.sample_id
where scores.dataset = $dataset
    and scores.sample_id between $low and $high
    and (written_window.mask & wanted.bit) <> 0
