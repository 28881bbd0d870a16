-- relation: chunk_inputs
-- grain: one row per leader of a chunk that has a row of a stored relation
-- inputs: chunk (temporary: chunk_rows), samples, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter key: identifier | its column that says what a row belongs to: sample_id or content_id
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter of: varchar | the kind read
-- parameter at: varchar | its version
-- parameter columns: identifier[] | its columns that are read
-- parameter low: bigint = 0 | smallest sample id of the range
-- parameter high: bigint = 9223372036854775807 | largest sample id of the range
-- column leader | the sample that is derived for
-- The content is read of the sample itself: in a chunk more than it may tell which samples share rows.
with leaders as (
    select sample_id as leader, sample_id, content_id
    from samples
    semi join chunk on chunk.leader = samples.sample_id
    where sample_id between $low and $high
),
given as (
    select $key, $columns
    from $stored as s
    where s.$kind = $of and s.$version = $at
)
select leaders.leader, given.* exclude ($key)
from given
join leaders on leaders.$key = given.$key
order by leaders.leader
