-- relation: subject_costs
-- grain: one row per subject of a board: what a training of it cost in the mean
-- inputs: training_runs
-- parameter base: varchar | base model
-- parameter origin: varchar | where results come from
-- parameter recipe: varchar | recipe of training
select
    subject,
    avg(seconds) as seconds,
    avg(energy) as energy,
    avg(price) as price
from training_runs
where base = $base and origin = $origin and recipe = $recipe
group by subject
