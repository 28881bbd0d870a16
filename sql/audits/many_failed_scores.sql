-- relation: many_failed_scores
-- grain: one row per axis of which more scores than allowed failed or could not be parsed, with the commonest reason
-- inputs: scores
-- audits: scored
-- severity: warn
-- parameter dataset: varchar | dataset audited
-- parameter allowed: double = 0.01 | largest share of failed scores
select
    axis,
    count(*) filter (status in ('failed', 'unparsable')) as failed,
    count(*) as scores,
    mode(detail) filter (status in ('failed', 'unparsable')) as reason
from scores
where dataset = $dataset
group by axis
having count(*) filter (status in ('failed', 'unparsable')) > $allowed * count(*)
order by axis
