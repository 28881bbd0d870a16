-- relation: board_items
-- grain: one row per run, benchmark and item of a board: the outcome, a mean over repeats
-- inputs: training_runs, evaluation_items
-- parameter base: varchar | base model
-- parameter origin: varchar | where results come from
-- parameter recipe: varchar | recipe of training
select
    training_runs.run,
    evaluation_items.benchmark,
    evaluation_items.item,
    any_value(evaluation_items.item_group) as item_group,
    avg(evaluation_items.outcome) as outcome
from evaluation_items
join training_runs using (run)
where
    training_runs.base = $base
    and training_runs.origin = $origin
    and (training_runs.recipe = $recipe or training_runs.role <> 'trained')
group by all
