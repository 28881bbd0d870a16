-- relation: key_pairs
-- grain: one row per ordered pair of datasets that share keys
-- inputs: sets (temporary: key_sets), sizes (temporary: key_sizes)
-- column rows | rows of the dataset that can be compared
-- column found | rows of the dataset whose key the other has
-- column sampled | distinct keys of the dataset that were looked at
with shared as (
    select
        mine.dataset_no,
        theirs.dataset_no as other_no,
        sum(mine.rows)::bigint as found,
        sum(mine.keys)::bigint as keys
    from sets as mine
    join sets as theirs using (members)
    where mine.dataset_no <> theirs.dataset_no
    group by all
)

select
    shared.dataset_no,
    shared.other_no,
    mine.rows,
    shared.found,
    shared.keys,
    -- Sizes are estimates where only a part of the keys is looked at.
    least(1.0, shared.found / nullif(mine.rows, 0)) as containment,
    shared.keys / nullif(greatest(shared.keys, mine.keys + theirs.keys - shared.keys), 0) as jaccard,
    mine.keys as sampled
from shared
join sizes as mine using (dataset_no)
join sizes as theirs on theirs.dataset_no = shared.other_no
