-- relation: standing_rows
-- grain: one row per row that contents about to be written already have of a wanted kind
-- inputs: contents and masks of what is written, the stored relation
-- parameter rows: identifier | the former, as content_id and mask
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- column key | the content
-- column content | the same as 16 bytes
-- column position | which of the wanted kinds, from 0
-- column wanted | whether it is of the wanted version, made by another writer meanwhile; others are about to be replaced
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        generate_subscripts($kinds, 1) - 1 as position,
        1::bigint << position as bit
)
select
    s.content_id as key,
    s.content_id::blob as content,
    s.$kind as kind,
    s.$version as version,
    wanted.position::integer as position,
    s.$version = wanted.version as wanted
from $stored as s
join wanted on wanted.kind = s.$kind
join $rows as written on written.content_id = s.content_id and (written.mask & wanted.bit) <> 0
