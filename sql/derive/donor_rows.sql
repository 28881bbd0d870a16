-- relation: donor_rows
-- grain: one row per pending sample and donor: another sample of the lake with equal content that has rows it lacks
-- inputs: pending (temporary: pending_rows), samples, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where a row is not to be copied
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter samples: identifier = samples | the samples that may be donors, with what tells equal content
-- column mask | bit i is set where kind i is taken from this donor; each kind of a sample has one donor
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        1::bigint << (generate_subscripts($kinds, 1) - 1) as bit
),
contents as (
    select content_id, bit_or(mask) as mask
    from pending
    group by content_id
),
twins as (
    select samples.sample_id, content_id, contents.mask
    from $samples as samples
    join contents using (content_id)
),
offers as (
    select twins.content_id, wanted.bit, min(twins.sample_id) as donor_id
    from $stored as s
    join wanted on s.$kind = wanted.kind and s.$version = wanted.version
    join twins on twins.sample_id = s.sample_id and (twins.mask & wanted.bit) <> 0
    where s.$outcome <> 'failed'
    group by twins.content_id, wanted.bit
)
select pending.sample_id, pending.dataset, offers.donor_id, bit_or(offers.bit) as mask
from pending
join offers using (content_id)
where (pending.mask & offers.bit) <> 0
group by pending.sample_id, pending.dataset, offers.donor_id
