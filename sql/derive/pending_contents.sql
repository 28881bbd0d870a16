-- relation: pending_contents
-- grain: one row per content that lacks a row of some wanted kind in the wanted version
-- inputs: samples, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where there should have been a value
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter retried: boolean | whether rows that say 'failed' count as lacking
-- parameter datasets: varchar[] | datasets looked at
-- column sample_id | the sample that is read for the content: the first of these datasets
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
contents as (
    select content_id, min(sample_id) as sample_id, arg_min(dataset, sample_id) as dataset
    from samples
    semi join chosen using (dataset)
    where content_id is not null
    group by content_id
),
done as (
    select s.content_id, bit_or(wanted.bit) as mask
    from $stored as s
    join wanted on s.$kind = wanted.kind and s.$version = wanted.version
    semi join contents using (content_id)
    where not ($retried and s.$outcome = 'failed')
    group by s.content_id
),
undone as (
    select
        contents.sample_id,
        contents.dataset,
        contents.content_id,
        xor((1::bigint << len($kinds)) - 1, coalesce(done.mask, 0)) as mask
    from contents
    left join done using (content_id)
)
select sample_id, dataset, content_id, mask
from undone
where mask <> 0
