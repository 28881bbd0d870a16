-- relation: leaked_contents
-- grain: one row per content that holds an item of a benchmark
-- inputs: contamination, samples
select distinct
    samples.content_id::blob as content_id,
    contamination.benchmark
from contamination
join samples using (sample_id)
where contamination.verdict = 'contaminated'
