-- relation: survivor_order
-- grain: one row per sample of a cluster, those that should survive first
-- inputs: linked, compared, datasets, scores
-- parameter prefer: varchar[] = | datasets whose samples survive first, in order
-- parameter axis: varchar = '' | axis whose higher scores survive
-- column dataset | dataset of the sample
with scored as (
    select
        sample_id,
        max(value) as value
    from scores
    semi join linked using (sample_id)
    where axis = $axis
    group by sample_id
)

select
    compared.sample_id,
    compared.dataset
from compared
semi join linked using (sample_id)
join datasets using (dataset)
left join scored using (sample_id)
order by
    coalesce(list_position($prefer, compared.dataset), 2147483647),
    scored.value desc nulls last,
    compared.size desc,
    datasets.released asc nulls last,
    compared.sample_id
