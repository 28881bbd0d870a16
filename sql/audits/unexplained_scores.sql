-- relation: unexplained_scores
-- grain: one row per score whose value and status contradict each other: no value though ok, a value though not, no reason
-- inputs: scores
-- audits: scored
-- parameter dataset: varchar | dataset audited
select
    sample_id,
    axis,
    value,
    status,
    detail
from scores
where
    dataset = $dataset
    and (
        (value is null) = (status is not distinct from 'ok')
        or isnan(value)
        or isinf(value)
        or coalesce(status not in ('ok', 'not_applicable', 'too_long', 'failed', 'unparsable'), true)
        or (status <> 'ok' and coalesce(trim(detail), '') = '')
    )
order by sample_id, axis
