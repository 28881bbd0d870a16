-- relation: incomplete_contents
-- grain: one row per dataset with content that lacks rows of a stored derived relation of contents
-- inputs: samples, datasets, the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where there should have been a value
-- parameter kinds: varchar[] | wanted kinds
-- parameter versions: varchar[] | wanted version of each kind
-- parameter retried: boolean | whether rows that say 'failed' count as lacking
-- parameter datasets: varchar[] | datasets looked at
-- column samples | samples whose content lacks rows
with wanted as (
    select unnest($kinds) as kind, unnest($versions) as version
),
done as (
    select s.content_id
    from $stored as s
    join wanted on s.$kind = wanted.kind and s.$version = wanted.version
    where not ($retried and s.$outcome = 'failed')
    group by s.content_id
    having count(*) >= len($kinds)
)
select samples.dataset, count(*) as samples
from samples
join datasets using (dataset)
anti join done using (content_id)
where list_contains($datasets, samples.dataset) and samples.content_id is not null
group by samples.dataset, datasets.dataset_no
order by datasets.dataset_no
