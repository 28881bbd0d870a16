-- relation: redundancy
-- grain: one row per dataset: what of it others have too
-- inputs: sets (temporary: key_sets), sizes (temporary: key_sizes), pairs (temporary: key_pairs)
-- parameter inside: double = 0.5 | a smaller dataset of which so much is found in the dataset is a part of it
-- column elsewhere | rows that some other dataset has
-- column parts | rows that one of the parts has
with parts as (
    select
        pairs.other_no as dataset_no,
        pairs.dataset_no as part_no
    from pairs
    join sizes as whole on whole.dataset_no = pairs.other_no
    where pairs.containment >= $inside and pairs.rows < 0.95 * whole.rows
),

elsewhere as (
    select
        dataset_no,
        sum(rows)::bigint as rows
    from sets
    group by dataset_no
),

in_parts as (
    select
        dataset_no,
        sum(rows)::bigint as rows
    from sets
    semi join (
        select parts.dataset_no, sets.members
        from parts
        join sets on sets.dataset_no = parts.part_no
    ) as held using (dataset_no, members)
    group by dataset_no
)

select
    sizes.dataset_no,
    sizes.rows,
    sizes.keys,
    coalesce(elsewhere.rows, 0) as elsewhere,
    coalesce(in_parts.rows, 0) as parts
from sizes
left join elsewhere using (dataset_no)
left join in_parts using (dataset_no)
