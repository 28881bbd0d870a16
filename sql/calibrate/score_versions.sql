-- relation: score_versions
-- grain: one row per version of an axis that samples have values of
-- inputs: scores
-- parameter axis: varchar | the axis
-- column samples | samples with a value, the most first
select scorer_version, count(value) as samples
from scores
where axis = $axis
group by scorer_version
having count(value) > 0
order by samples desc, scorer_version
