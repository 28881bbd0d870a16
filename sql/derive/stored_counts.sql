-- relation: stored_counts
-- grain: one row per dataset, kind, version and outcome that a stored derived relation of samples has rows of
-- inputs: the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter outcome: identifier | its column that says 'failed' where there should have been a value
-- parameter datasets: varchar[] | datasets counted
select s.dataset, s.$kind as kind, s.$version as version, s.$outcome as outcome, count(*) as n
from $stored as s
where list_contains($datasets, s.dataset)
group by all
