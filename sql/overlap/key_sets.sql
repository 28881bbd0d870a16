-- relation: key_sets
-- grain: one row per dataset and set of datasets that share keys
-- inputs: a relation of keys, kept as a temporary table
-- parameter keys: identifier | that table
-- column members | names the set: which datasets have these keys, and no other
-- column rows | rows of the dataset with these keys
--
-- Keys are many and sets of datasets are few, so pairs of datasets are made from sets, never from keys.
with shared as (
    select
        key,
        bit_xor(hash(dataset_no)) as members
    from $keys
    group by key
    having count(*) > 1
)

select
    shared.members,
    held.dataset_no,
    sum(held.rows)::bigint as rows,
    count(*) as keys
from $keys as held
join shared using (key)
group by all
