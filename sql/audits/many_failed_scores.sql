-- relation: many_failed_scores
-- grain: one row per axis of which more scores than allowed failed or could not be parsed, with the commonest reason
-- inputs: scores
-- audits: scored
-- way out: See why in detail, and try them again with: oda score --retry-failed.
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
-- parameter allowed: double = 0.01 | largest share of failed scores
select
    dataset,
    axis,
    count(*) filter (status in ('failed', 'unparsable')) as failed,
    count(*) as scores,
    mode(detail) filter (status in ('failed', 'unparsable')) as reason
from scores
where list_contains($datasets, dataset)
group by dataset, axis
having count(*) filter (status in ('failed', 'unparsable')) > $allowed * count(*)
order by dataset, axis
