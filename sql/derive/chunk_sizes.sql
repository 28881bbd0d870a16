-- relation: chunk_sizes
-- grain: one row per leader of a chunk: how much there is to read
-- inputs: chunk (temporary: chunk_rows), samples
-- parameter columns: identifier[] | columns of samples that are read
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column bytes | length of all of them as text
select sample_id, coalesce(strlen(concat($columns)), 0) as bytes
from samples
semi join chunk on chunk.leader = samples.sample_id
where sample_id between $low and $high
