-- relation: stale_axes
-- grain: one row per dataset and axis whose values in scored_axes are not those in scores
-- inputs: scores, scored_axes
-- parameter datasets: varchar[] | datasets compared
-- column stored | values in scores
-- column shown | values in scored_axes
-- A hash of a row alone is linear in its columns: two rows that swap values would cancel. Hashing it again mixes them.
with long_values as (
    select dataset, axis, count(*) as n, bit_xor(hash(hash(sample_id, value))) as digest
    from scores
    where list_contains($datasets, dataset) and value is not null
    group by dataset, axis
),
wide_rows as (
    -- A column of its own keeps the unpivots valid while there is no axis yet.
    select *, null::double as "0" from scored_axes where list_contains($datasets, dataset)
),
wide_counts as (
    select dataset, count(columns(* exclude (sample_id, dataset))) from wide_rows group by dataset
),
wide_digests as (
    select
        dataset,
        bit_xor(if(columns(* exclude (sample_id, dataset)) is null, 0, hash(hash(sample_id, columns(* exclude (sample_id, dataset))))))
    from wide_rows
    group by dataset
),
wide_values as (
    select dataset, axis, n, digest
    from (unpivot wide_counts on columns(* exclude (dataset)) into name axis value n)
    join (unpivot wide_digests on columns(* exclude (dataset)) into name axis value digest) using (dataset, axis)
    where n > 0
)
select
    coalesce(long_values.dataset, wide_values.dataset) as dataset,
    coalesce(long_values.axis, wide_values.axis) as axis,
    coalesce(long_values.n, 0) as stored,
    coalesce(wide_values.n, 0) as shown
from long_values
full join wide_values using (dataset, axis)
where long_values.digest is distinct from wide_values.digest
    or long_values.n is distinct from wide_values.n
order by dataset, axis
