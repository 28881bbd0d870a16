-- relation: known_items
-- grain: one row per benchmark of whose items a dataset has a hundredth or more, five at least
-- inputs: samples, datasets
-- parameter dataset: varchar | dataset looked at
-- column items | different prompts of the benchmark; found: those that the dataset has
-- column rows | samples of the dataset
with asked as (
    select distinct instruction_id
    from samples
    where dataset = $dataset and regexp_matches(instruction, '\S')
),

items as (
    select distinct
        samples.dataset as benchmark,
        samples.instruction_id
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'benchmark'
    where samples.dataset <> $dataset
)

select
    items.benchmark,
    count(*) as items,
    count(asked.instruction_id) as found,
    (select count(*) from samples where dataset = $dataset) as rows
from items
left join asked using (instruction_id)
group by items.benchmark
having found >= 5 and found >= 0.01 * count(*)
order by found desc, items.benchmark
