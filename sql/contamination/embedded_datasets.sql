-- relation: embedded_datasets
-- grain: one row per dataset whose samples all have a row of a model's embeddings, in the revision that most have
-- inputs: samples, embeddings
-- parameter model: varchar | embedding model
-- parameter datasets: varchar[] | datasets looked at
-- column revision | revision of the model, the same in every row
with held as (
    select
        dataset,
        revision,
        count(*) as n
    from embeddings
    where model = $model
    group by dataset, revision
),

chosen as (
    select revision
    from held
    group by revision
    order by sum(n) desc, revision
    limit 1
),

sizes as (
    select
        dataset,
        count(*) as n
    from samples
    where list_contains($datasets, dataset)
    group by dataset
)

select
    sizes.dataset,
    chosen.revision
from sizes
join held on held.dataset = sizes.dataset and held.n = sizes.n
join chosen on chosen.revision = held.revision
