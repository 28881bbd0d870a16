-- relation: stored_versions
-- grain: one row per kind and version that a stored relation has rows of
-- inputs: the stored relation
-- parameter stored: identifier | the stored relation
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- column n | how many rows
select s.$kind as kind, s.$version as version, count(*) as n
from $stored as s
group by all
order by kind, n desc, version
