-- relation: chunks
-- grain: one row per chunk: a range of sample ids that is derived and committed together
-- inputs: pending samples, kept as a temporary table
-- parameter rows: identifier | that table
-- parameter leader: identifier | its column that names the sample derived for a row
-- parameter most: bigint | pending samples in a chunk
-- column low | smallest sample id of the range
-- column high | largest sample id of the range; ranges leave no gap
-- column samples | pending samples that the chunk settles: those whose leader lies in it as well
with placed as (
    select sample_id, (row_number() over (order by sample_id) - 1) // $most as chunk
    from $rows
),
starts as (
    select min(sample_id) as low
    from placed
    group by chunk
),
ranges as (
    select low, coalesce(lead(low) over (order by low) - 1, 9223372036854775807) as high
    from starts
)
select ranges.low, ranges.high, count(*) as samples
from ranges
join $rows as r on r.sample_id between ranges.low and ranges.high and r.$leader >= ranges.low
group by ranges.low, ranges.high
order by ranges.low
