-- relation: profiled_samples
-- grain: one row per sample whose axes are correlated, a column per axis
-- inputs: scored_axes
-- parameter datasets: varchar[] | datasets taken together
-- parameter at_most: integer = 10000 | samples looked at: those whose ids have the smallest hashes
select * exclude (dataset)
from scored_axes
where dataset in (select unnest($datasets))
order by md5(sample_id::varchar), sample_id
limit $at_most
