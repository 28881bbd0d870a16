-- relation: chunk_rows
-- grain: one row per sample of a chunk
-- inputs: pending samples, kept as a temporary table
-- parameter rows: identifier | that table
-- parameter leader: identifier | its column that names the sample derived for a row
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column content | the content id as 16 bytes
select
    sample_id,
    dataset,
    content_id,
    content_id::blob as content,
    $leader as leader,
    mask
from $rows
where sample_id between $low and $high and $leader between $low and $high
order by sample_id
