-- relation: repeated_scores
-- grain: one row per sample and axis that have more than one score
-- inputs: scores
-- audits: scored
-- parameter dataset: varchar | dataset audited
select
    sample_id,
    axis,
    count(*) as scores,
    list(scorer_version order by scorer_version) as versions
from scores
where dataset = $dataset
group by sample_id, axis
having count(*) > 1
order by sample_id, axis
