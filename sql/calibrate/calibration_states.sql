-- relation: calibration_states
-- grain: one row per axis and version that a judge scored, or that was calibrated
-- inputs: scores, calibrations
-- column samples | samples with a value of that version
-- column state | `uncalibrated`, or how far it agrees with labels
with judged as (
    select axis, scorer_version, count(value) as samples
    from scores
    where scorer_version like '%+judgements=judge!_%' escape '!'
        or (axis, scorer_version) in (select (axis, scorer_version) from calibrations)
    group by axis, scorer_version
)
select
    axis,
    scorer_version,
    coalesce(judged.samples, 0) as samples,
    if(
        c.against is null,
        'uncalibrated',
        format('kappa {}, {} labels', coalesce(format('{:.2f}', c.kappa), '-'), c.n)
    ) as state,
    c.n,
    c.kappa,
    c.alpha,
    c.youden,
    c.against,
    c.created
from judged
full join calibrations as c using (axis, scorer_version)
order by axis, scorer_version
