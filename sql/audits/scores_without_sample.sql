-- relation: scores_without_sample
-- grain: one row per score of the dataset whose sample is not there
-- inputs: scores, samples
-- audits: scored
-- parameter dataset: varchar | dataset audited
select
    scores.sample_id,
    scores.axis,
    scores.value,
    scores.status
from scores
anti join samples on samples.sample_id = scores.sample_id and samples.dataset = $dataset
where scores.dataset = $dataset
order by scores.sample_id, scores.axis
