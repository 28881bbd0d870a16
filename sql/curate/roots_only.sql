-- relation: roots_only
-- grain: one row per distinct prompt of the training datasets that declare no parent in the lake
-- inputs: samples, datasets
-- parameter datasets: varchar = * | names of datasets to take from, with * and ?
-- column reason | the root it was taken from, and how many of its samples have the prompt
with roots as (
    select dataset
    from datasets
    where
        kind = 'train'
        and dataset glob $datasets
        and not list_has_any(coalesce(parents, []), (select list(dataset) from datasets))
)

select
    min(samples.sample_id) as sample_id,
    'root ' || min(samples.dataset) || case when count(*) > 1 then ', ' || count(*)::varchar || ' alike' else '' end
        as reason
from samples
semi join roots on roots.dataset = samples.dataset
group by samples.instruction_id
