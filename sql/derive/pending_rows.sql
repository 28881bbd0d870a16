-- relation: pending_rows
-- grain: one row per sample of a range that lacks a row of some wanted kind in the wanted version
-- inputs: samples, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where there should have been a value
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter retried: boolean = false | whether rows that say 'failed' count as lacking
-- parameter samples: identifier = samples | the samples looked at: all, or those that do not wait
-- parameter datasets: varchar[] | datasets looked at
-- parameter low: bigint = 0 | smallest sample id of the range
-- parameter high: bigint = 9223372036854775807 | largest sample id of the range
-- column mask | bit i is set where kind i is pending
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        1::bigint << (generate_subscripts($kinds, 1) - 1) as bit
),
chosen as (
    select unnest($datasets) as dataset
),
done as (
    select s.sample_id, bit_or(wanted.bit) as mask
    from $stored as s
    join wanted on s.$kind = wanted.kind and s.$version = wanted.version
    semi join chosen on chosen.dataset = s.dataset
    where s.sample_id between $low and $high and not ($retried and s.$outcome = 'failed')
    group by s.sample_id
),
undone as (
    select
        samples.sample_id,
        samples.dataset,
        samples.content_id,
        xor((1::bigint << len($kinds)) - 1, coalesce(done.mask, 0)) as mask
    from $samples as samples
    semi join chosen on chosen.dataset = samples.dataset
    left join done using (sample_id)
    where samples.sample_id between $low and $high
)
select sample_id, dataset, content_id, mask
from undone
where mask <> 0
