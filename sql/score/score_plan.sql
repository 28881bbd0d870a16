-- relation: score_plan
-- grain: one row per wanted axis of a dataset
-- inputs: samples, scores
-- parameter dataset: varchar | dataset to plan for
-- parameter axes: varchar[] | wanted axes, at most 60
-- parameter versions: varchar[] | wanted scorer version of each axis
-- parameter by_content: boolean = true | whether equal content shares scores
-- column samples | samples of the dataset
-- column scored | samples that have this version of the axis
-- column reused | samples that get it from equal content, in this dataset or another
-- column to_run | samples to compute
with wanted as (
    select
        unnest($axes) as axis,
        unnest($versions) as scorer_version,
        1::bigint << (generate_subscripts($axes, 1) - 1) as bit
),
sample_keys as (
    select sample_id, content_id from samples where dataset = $dataset
),
own as (
    select scores.sample_id, bit_or(wanted.bit) as mask
    from scores
    join wanted using (axis, scorer_version)
    where scores.dataset = $dataset
    group by scores.sample_id
),
offered as (
    select samples.content_id, bit_or(wanted.bit) as mask
    from scores
    join wanted using (axis, scorer_version)
    join samples using (sample_id)
    where $by_content and scores.status <> 'failed'
        and samples.content_id in (select content_id from sample_keys)
    group by samples.content_id
),
needs as (
    select
        sample_keys.sample_id,
        sample_keys.content_id,
        coalesce(own.mask, 0) as scored,
        coalesce(offered.mask, 0) & ~coalesce(own.mask, 0) as offered,
        ~coalesce(own.mask, 0) & ~coalesce(offered.mask, 0) as missing
    from sample_keys
    left join own using (sample_id)
    left join offered using (content_id)
),
firsts as (
    select
        scored,
        offered,
        missing,
        not $by_content
            or row_number() over (partition by content_id, missing order by sample_id) = 1 as is_first
    from needs
),
combinations as (
    select scored, offered, missing, is_first, count(*) as n
    from firsts
    group by all
)
select
    wanted.axis,
    wanted.scorer_version,
    coalesce(sum(n), 0)::bigint as samples,
    coalesce(sum(n) filter ((scored & bit) <> 0), 0)::bigint as scored,
    coalesce(sum(n) filter ((offered & bit) <> 0 or ((missing & bit) <> 0 and not is_first)), 0)::bigint as reused,
    coalesce(sum(n) filter ((missing & bit) <> 0 and is_first), 0)::bigint as to_run
from wanted
left join combinations on true
group by wanted.axis, wanted.scorer_version, wanted.bit
order by wanted.bit
