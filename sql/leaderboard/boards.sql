-- relation: boards
-- grain: one row per base model, origin and recipe: what may be compared
-- inputs: training_runs, evaluations
select
    training_runs.base,
    training_runs.origin,
    training_runs.recipe,
    count(distinct training_runs.subject) as subjects,
    count(distinct training_runs.run) as runs,
    count(distinct evaluations.benchmark) as benchmarks
from training_runs
join evaluations using (run)
where training_runs.role = 'trained'
group by all
