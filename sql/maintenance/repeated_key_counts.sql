-- relation: repeated_key_counts
-- grain: one row: how many keys of a relation more than one row has, and what could be done about them
-- parameter relation: identifier | relation
-- parameter key: identifier[] | columns that no two of its rows should share
-- column removable | rows that equal another one in full, of keys whose rows are all equal
-- column differing | keys whose rows are not all equal
with repeated as (
    select $key
    from $relation
    group by $key
    having count(*) > 1
),

compared as (
    select
        count(*) as copies,
        count(distinct stored) as versions
    from $relation as stored
    join repeated using ($key)
    group by $key
)

select
    count(*) as keys,
    sum(copies - 1) filter (versions = 1) as removable,
    count(*) filter (versions > 1) as differing
from compared
