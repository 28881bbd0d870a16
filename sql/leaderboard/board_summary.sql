-- relation: board_summary
-- grain: one row per base model, origin, recipe, grouping, level and measure: its subjects against the models given
-- inputs: leaderboard
-- column subjects | subjects with every benchmark of the measure
-- column above_base | those that score more than the base model
-- column above_instruct | those that score more than the instruct model
select
    base,
    origin,
    recipe,
    grouping,
    level,
    measure,
    count(*) as subjects,
    count(*) filter (delta_base > 0) as above_base,
    avg(delta_base) as mean_delta,
    count(*) filter (delta_instruct > 0) as above_instruct
from leaderboard
where role = 'trained' and benchmarks = expected
group by all
