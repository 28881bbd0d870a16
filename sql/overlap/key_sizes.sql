-- relation: key_sizes
-- grain: one row per dataset: what there is to compare
-- inputs: a relation of keys, kept as a temporary table
-- parameter keys: identifier | that table
-- column rows | rows with a key
-- column keys | distinct keys
select
    dataset_no,
    sum(rows)::bigint as rows,
    count(*) as keys
from $keys
group by dataset_no
