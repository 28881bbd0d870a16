-- relation: failed_rows
-- grain: one row per row of some datasets that says failed, of a wanted kind and version
-- inputs: samples, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter key: identifier | its column that says what a row belongs to: sample_id or content_id
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where there should have been a value
-- parameter kinds: varchar[] | wanted kinds
-- parameter versions: varchar[] | wanted version of each kind
-- parameter datasets: varchar[] | datasets looked at
with wanted as (
    select unnest($kinds) as kind, unnest($versions) as version
),
chosen as (
    select unnest($datasets) as dataset
),
looked_at as (
    select $key as key
    from samples
    semi join chosen using (dataset)
)
select s.$key as key, s.$kind as kind, s.$version as version
from $stored as s
join wanted on s.$kind = wanted.kind and s.$version = wanted.version
semi join looked_at on looked_at.key = s.$key
where s.$outcome = 'failed'
