-- relation: chunk_texts
-- grain: one row per leader of a chunk: what is derived from
-- inputs: chunk (temporary: chunk_rows), samples
-- parameter columns: identifier[] | columns of samples that are read
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column mask | bit i is set where kind i is pending for the leader or a sample that follows it
with leaders as (
    select leader as sample_id, bit_or(mask) as mask
    from chunk
    group by leader
)
select sample_id, mask, $columns
from samples
join leaders using (sample_id)
where sample_id between $low and $high
