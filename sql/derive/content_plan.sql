-- relation: content_plan
-- grain: one row per dataset and wanted kind of a stored derived relation of contents
-- inputs: datasets, samples, pending (temporary: pending_contents)
-- parameter kinds: varchar[] | wanted kinds, at most 60
-- parameter versions: varchar[] | wanted version of each kind
-- parameter datasets: varchar[] | datasets planned for
-- column samples | samples of the dataset
-- column held | samples whose content has the kind in this version
-- column reused | samples that get it through another sample of equal content, in this dataset or another
-- column to_run | samples to derive
with wanted as (
    select
        unnest($kinds) as kind,
        unnest($versions) as version,
        generate_subscripts($kinds, 1) - 1 as position,
        1::bigint << position as bit
),
combinations as (
    select
        datasets.dataset,
        datasets.dataset_no,
        coalesce(pending.mask, 0) as missing,
        coalesce(pending.sample_id = samples.sample_id, false) as is_read,
        count(samples.sample_id) as n
    from datasets
    left join samples using (dataset)
    left join pending using (content_id)
    where list_contains($datasets, datasets.dataset)
    group by all
)
select
    dataset,
    wanted.kind,
    wanted.version,
    sum(n)::bigint as samples,
    coalesce(sum(n) filter ((missing & bit) = 0), 0)::bigint as held,
    coalesce(sum(n) filter ((missing & bit) <> 0 and not is_read), 0)::bigint as reused,
    coalesce(sum(n) filter ((missing & bit) <> 0 and is_read), 0)::bigint as to_run
from combinations
cross join wanted
group by dataset, dataset_no, wanted.kind, wanted.version, wanted.position
order by dataset_no, wanted.position
