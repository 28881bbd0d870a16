-- relation: stale_axes
-- grain: one row per axis whose values in scored_axes are not those in scores, for one dataset
-- inputs: scores, scored_axes
-- parameter dataset: varchar | dataset compared
-- column stored | values in scores
-- column shown | values in scored_axes
-- A hash of a row alone is linear in its columns: two rows that swap values would cancel. Hashing it again mixes them.
with long_values as (
    select axis, count(*) as n, bit_xor(hash(hash(sample_id, value))) as digest
    from scores
    where dataset = $dataset and value is not null
    group by axis
),
wide_rows as (
    -- A column of its own keeps the unpivot valid while there is no axis yet.
    select * exclude (dataset), null::float as "0" from scored_axes where dataset = $dataset
),
wide_values as (
    select axis, count(*) as n, bit_xor(hash(hash(sample_id, value))) as digest
    from (unpivot wide_rows on columns(* exclude (sample_id)) into name axis value value)
    group by axis
)
select
    coalesce(long_values.axis, wide_values.axis) as axis,
    coalesce(long_values.n, 0) as stored,
    coalesce(wide_values.n, 0) as shown
from long_values
full join wide_values using (axis)
where long_values.digest is distinct from wide_values.digest
    or long_values.n is distinct from wide_values.n
order by axis
