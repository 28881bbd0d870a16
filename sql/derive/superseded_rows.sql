-- relation: superseded_rows
-- grain: one row per row of another version that is about to be replaced
-- inputs: written (registered: sample_id and mask of what is written), the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter low: bigint | smallest sample id written
-- parameter high: bigint | largest sample id written
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        1::bigint << (generate_subscripts($kinds, 1) - 1) as bit
)
select
    s.sample_id as key,
    s.$kind as kind,
    s.$version as version
from $stored as s
join wanted on wanted.kind = s.$kind and wanted.version <> s.$version
join written on written.sample_id = s.sample_id and (written.mask & wanted.bit) <> 0
where s.sample_id between $low and $high
