-- relation: ready_with_input
-- grain: one row per sample that has a row of a stored relation
-- inputs: samples that were ready so far (temporary), the stored relation
-- parameter rows: identifier | the former
-- parameter stored: identifier | the stored relation
-- parameter key: identifier | its column that says what a row belongs to: sample_id or content_id
-- parameter kind: identifier | its column that says what a row is
-- parameter version: identifier | its column that says of which version
-- parameter of: varchar | the kind read
-- parameter at: varchar | its version
select r.sample_id, r.dataset, r.content_id
from $rows as r
semi join (
    select s.$key
    from $stored as s
    where s.$kind = $of and s.$version = $at
) as given on given.$key = r.$key
