-- relation: board_runs
-- grain: one row per run and benchmark of a board, reference models included
-- inputs: evaluated_runs
-- parameter base: varchar | base model
-- parameter origin: varchar | where results come from
-- parameter recipe: varchar | recipe of training
-- parameter grouping: varchar = catalogue | domains of the catalogue, or as the source counts them
select
    role,
    subject,
    run,
    domain,
    benchmark,
    score
from evaluated_runs
where
    base = $base
    and origin = $origin
    and (recipe = $recipe or role <> 'trained')
    and grouping = $grouping
    and counts
