-- relation: unexplained_scores
-- grain: one row per score whose value and status contradict each other: no value though ok, a value though not, no reason
-- inputs: scores
-- audits: scored
-- check: faulty_scores
-- partition: dataset
-- parameter datasets: varchar[] | datasets audited
select
    dataset,
    sample_id,
    axis,
    value,
    status,
    detail
from scores
where
    list_contains($datasets, dataset)
    and (
        (value is null) = (status is not distinct from 'ok')
        or isnan(value)
        or isinf(value)
        or coalesce(status not in ('ok', 'not_applicable', 'too_long', 'failed', 'unparsable'), true)
        or (status <> 'ok' and coalesce(trim(detail), '') = '')
    )
order by dataset, sample_id, axis
