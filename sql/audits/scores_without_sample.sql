-- relation: scores_without_sample
-- grain: one row per score of the dataset whose sample is not there
-- inputs: scores, samples
-- audits: scored
-- check: faulty_scores
-- partition: dataset
-- parameter datasets: varchar[] | datasets audited
select
    scores.dataset,
    scores.sample_id,
    scores.axis,
    scores.value,
    scores.status
from scores
anti join (
    select dataset, sample_id from samples where list_contains($datasets, dataset)
) as held on held.sample_id = scores.sample_id and held.dataset = scores.dataset
where list_contains($datasets, scores.dataset)
order by scores.dataset, scores.sample_id, scores.axis
