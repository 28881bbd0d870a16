-- relation: doubled_rows
-- grain: one row per key of a relation that several rows have, all of them equal: one of those
-- parameter relation: identifier | relation
-- parameter key: identifier[] | columns that no two of its rows should share
with repeated as (
    select $key
    from $relation
    group by $key
    having count(*) > 1
),

alike as (
    select $key
    from $relation as stored
    join repeated using ($key)
    group by $key
    having count(distinct stored) = 1
)

select distinct on ($key) stored.*
from $relation as stored
semi join alike using ($key)
