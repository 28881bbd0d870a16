-- relation: evaluated_runs
-- grain: one row per run, grouping and benchmark: the score of one model, its domain as one of two groupings has it
-- inputs: training_runs, evaluations
-- column grouping | catalogue: domains as the catalogue of benchmarks has them; source: as an import counts them
-- column score | in points, the mean over repeats; NULL where there is no value
-- column counts | whether the base model has the benchmark too (or no base model is there): means are made of those
with results as (
    select
        run,
        benchmark,
        any_value(domain) as domain,
        any_value(source_domain) as source_domain,
        avg(value) as score
    from evaluations
    where counted
    group by run, benchmark
),

grouped as (
    select
        run,
        benchmark,
        score,
        'catalogue' as grouping,
        domain
    from results
    union all
    select
        run,
        benchmark,
        score,
        'source' as grouping,
        source_domain as domain
    from results
    where source_domain is not null
),

references_of_boards as (
    select
        training_runs.base,
        training_runs.origin,
        list(distinct results.benchmark) as benchmarks
    from results
    join training_runs using (run)
    where training_runs.role = 'base' and results.score is not null
    group by all
)

select
    training_runs.base,
    training_runs.origin,
    training_runs.role,
    training_runs.recipe,
    training_runs.subject,
    grouped.run,
    training_runs.seed,
    grouped.grouping,
    grouped.domain,
    grouped.benchmark,
    grouped.score,
    references_of_boards.benchmarks is null
    or list_contains(references_of_boards.benchmarks, grouped.benchmark) as counts
from grouped
join training_runs using (run)
left join references_of_boards using (base, origin)
