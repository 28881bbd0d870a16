-- relation: scored
-- grain: one row per sample with a column per axis; NULL where an axis has no value
-- inputs: samples, scored_axes
select
    samples.*,
    scored_axes.* exclude (sample_id, dataset)
from samples
left join scored_axes using (sample_id)
