-- relation: judged_samples
-- grain: one row per sample with a value on an axis
-- inputs: samples, scores
-- parameter axis: varchar | the axis
-- parameter version: varchar | version of its scores
-- parameter column: identifier | column of samples whose length counts: what the judge reads last
-- column content_id | content of the sample
-- column value | its score
-- column length | characters of that column
select
    samples.sample_id,
    samples.dataset,
    samples.row_no,
    samples.content_id,
    scores.value,
    coalesce(length(samples.$column), 0)::double as length
from scores
join samples using (sample_id)
where scores.axis = $axis and scores.scorer_version = $version and scores.value is not null
order by samples.sample_id
