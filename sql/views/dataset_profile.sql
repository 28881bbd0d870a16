-- relation: dataset_profile
-- grain: one row per dataset and axis
-- inputs: datasets, scores, calibrations
-- column n | samples with a value
-- column samples | samples of the dataset
-- column coverage | n divided by samples
-- column missing | samples scored without a value: status not ok
-- column median | like the other quantiles, of a dataset of more than a million samples: of about a million, chosen by hash
-- column calibration | of an axis of a judge: `uncalibrated`, or how far this version agrees with labels; else NULL
with values_per_axis as (
    select
        dataset,
        axis,
        any_value(scorer_version) as scorer_version,
        count(value) as n,
        count(*) filter (status <> 'ok') as missing,
        avg(value::double) as mean,
        stddev_samp(value::double) as sd,
        min(value) as minimum,
        -- All values of a quantile are held in memory: so many are enough, whatever comes.
        quantile_cont(value::double, [0.05, 0.25, 0.5, 0.75, 0.95])
            filter (datasets.rows <= 1e6 or hash(sample_id) / 2.0 ** 64 < 1e6 / nullif(datasets.rows, 0)) as quantiles,
        max(value) as maximum
    from scores
    join datasets using (dataset)
    group by dataset, axis
)
select
    v.dataset,
    v.axis,
    v.scorer_version,
    v.n,
    d.rows as samples,
    v.n / nullif(d.rows, 0) as coverage,
    v.missing,
    v.mean,
    v.sd,
    v.minimum,
    v.quantiles[1] as p05,
    v.quantiles[2] as p25,
    v.quantiles[3] as median,
    v.quantiles[4] as p75,
    v.quantiles[5] as p95,
    v.maximum,
    case
        when c.axis is not null then format('kappa {}, {} labels', coalesce(format('{:.2f}', c.kappa), '-'), c.n)
        when v.scorer_version like '%+judgements=judge!_%' escape '!' then 'uncalibrated'
    end as calibration
from values_per_axis as v
join datasets as d using (dataset)
left join calibrations as c using (axis, scorer_version)
