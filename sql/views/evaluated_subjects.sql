-- relation: evaluated_subjects
-- grain: one row per base model, origin, recipe, subject, grouping and benchmark of the board, with or without a score
-- inputs: training_runs, evaluated_runs
-- column score | points, the mean over runs; NULL where no run has a value
-- column runs | runs with a value
-- column counts | whether means are made of it: the base model has it too
with subjects as (
    select
        base,
        origin,
        role,
        recipe,
        subject,
        max(rows) as rows,
        max(tokens) as tokens
    from training_runs
    group by all
),

benchmarks as (
    select distinct
        base,
        origin,
        grouping,
        domain,
        benchmark,
        counts
    from evaluated_runs
),

scores as (
    select
        base,
        origin,
        role,
        recipe,
        subject,
        grouping,
        benchmark,
        avg(score) as score,
        count(score) as runs
    from evaluated_runs
    group by all
)

select
    subjects.*,
    benchmarks.grouping,
    benchmarks.domain,
    benchmarks.benchmark,
    benchmarks.counts,
    scores.score,
    coalesce(scores.runs, 0) as runs
from subjects
join benchmarks on benchmarks.base = subjects.base and benchmarks.origin = subjects.origin
left join scores
    on scores.base = subjects.base
    and scores.origin = subjects.origin
    and scores.role = subjects.role
    and scores.recipe is not distinct from subjects.recipe
    and scores.subject = subjects.subject
    and scores.grouping = benchmarks.grouping
    and scores.benchmark = benchmarks.benchmark
