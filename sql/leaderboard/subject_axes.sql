-- relation: subject_axes
-- grain: one row per subject of an origin and axis: the mean over what it was trained on, or a cheap proxy
-- inputs: training_runs, published_scores, dataset_scores, dataset_profile, slice_members, scores
-- parameter origin: varchar | where results come from
-- column kind | published, sample (mean of an axis), dataset (axis of whole datasets) or proxy (size, loss)
with subjects as (
    select
        subject,
        max(rows) as rows,
        max(tokens) as tokens,
        avg(loss) as loss
    from training_runs
    where origin = $origin and role = 'trained'
    group by subject
),

measured as (
    select
        subject,
        axis,
        'published' as kind,
        value
    from published_scores
    where origin = $origin
    union all
    select
        dataset as subject,
        axis,
        'sample' as kind,
        mean as value
    from dataset_profile
    union all
    select
        dataset as subject,
        axis,
        'dataset' as kind,
        value
    from dataset_scores
    union all
    select
        slice_members.slice as subject,
        scores.axis,
        'sample' as kind,
        avg(scores.value) as value
    from slice_members
    join scores using (dataset, sample_id)
    group by all
    union all
    select
        subject,
        unnest(['log10 of samples', 'log10 of tokens', 'loss of training']) as axis,
        'proxy' as kind,
        unnest([log10(rows), log10(tokens), loss]) as value
    from subjects
)

select
    subjects.subject,
    measured.axis,
    measured.kind,
    measured.value
from subjects
join measured using (subject)
