-- relation: chunk_inputs
-- grain: one row per leader of a chunk that has a row of a stored relation
-- inputs: chunk (temporary: chunk_rows), the stored relation
-- parameter stored: identifier | the stored relation
-- parameter key: identifier | its column that says what a row belongs to: sample_id or content_id
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter of: varchar | the kind read
-- parameter at: varchar | its version
-- parameter columns: identifier[] | its columns that are read
-- column leader | the sample that is derived for
with leaders as (
    select leader, leader as sample_id, any_value(content_id) as content_id
    from chunk
    group by leader
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
