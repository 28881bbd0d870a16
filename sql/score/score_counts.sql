-- relation: score_counts
-- grain: one row per dataset, axis, version and status
-- inputs: scores
-- parameter datasets: varchar[] | datasets counted
select dataset, axis, scorer_version, status, count(*) as n
from scores
where list_contains($datasets, dataset)
group by dataset, axis, scorer_version, status
