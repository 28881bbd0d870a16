-- relation: score_windows
-- grain: one row per window: a range of sample ids of a dataset that is scored and committed together
-- inputs: samples
-- parameter dataset: varchar | dataset to cut
-- parameter rows: bigint | ids in a window
-- column samples | samples in the window
select
    min(sample_id) as low,
    max(sample_id) as high,
    count(*) as samples
from samples
where dataset = $dataset
group by (sample_id & 4294967295) // $rows  -- the row number: the first window begins with the dataset
order by low
