-- relation: derivation_plan
-- grain: one row per dataset and wanted kind of a stored derived relation
-- inputs: datasets, samples, pending (temporary: pending_rows), donors (temporary: donor_rows)
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter datasets: varchar[] | datasets planned for
-- parameter by_content: boolean | whether equal content shares rows
-- column samples | samples of the dataset
-- column held | samples that have the kind in this version
-- column reused | samples that get it from equal content, in this dataset or another
-- column to_run | samples to derive
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        generate_subscripts($kinds, 1) - 1 as position,
        1::bigint << position as bit
),
sizes as (
    select datasets.dataset, datasets.dataset_no, count(samples.sample_id) as samples
    from datasets
    left join samples using (dataset)
    where list_contains($datasets, datasets.dataset)
    group by datasets.dataset, datasets.dataset_no
),
offered as (
    select sample_id, bit_or(mask) as mask
    from donors
    group by sample_id
),
needs as (
    select
        pending.dataset,
        pending.sample_id,
        if($by_content, pending.content_id, null) as shared,
        coalesce(offered.mask, 0) as offered,
        pending.mask & ~coalesce(offered.mask, 0) as missing
    from pending
    left join offered using (sample_id)
),
firsts as (
    select *, shared is null or row_number() over (partition by shared, missing order by sample_id) = 1 as is_first
    from needs
),
combinations as (
    select dataset, offered, missing, is_first, count(*) as n
    from firsts
    group by all
)
select
    sizes.dataset,
    wanted.kind,
    wanted.version,
    sizes.samples,
    sizes.samples - coalesce(sum(n) filter (((offered | missing) & bit) <> 0), 0)::bigint as held,
    coalesce(sum(n) filter ((offered & bit) <> 0 or ((missing & bit) <> 0 and not is_first)), 0)::bigint as reused,
    coalesce(sum(n) filter ((missing & bit) <> 0 and is_first), 0)::bigint as to_run
from sizes
cross join wanted
left join combinations using (dataset)
group by sizes.dataset, sizes.dataset_no, sizes.samples, wanted.kind, wanted.version, wanted.position
order by sizes.dataset_no, wanted.position
