-- relation: copied_rows
-- grain: one row per sample and kind taken from a donor with equal content
-- inputs: donors (temporary: donor_rows), the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where a row is not to be copied
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column position | which of the wanted kinds, from 0
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        generate_subscripts($kinds, 1) - 1 as position,
        1::bigint << position as bit
),
chosen as (
    from donors
    where sample_id between $low and $high
)
select
    s.* exclude (sample_id, dataset),
    chosen.sample_id,
    wanted.position::integer as position
from $stored as s
join wanted on s.$kind = wanted.kind and s.$version = wanted.version
join chosen on chosen.donor_id = s.sample_id and (chosen.mask & wanted.bit) <> 0
where s.$outcome <> 'failed'
order by position, chosen.sample_id
