-- relation: diverse_candidates
-- grain: one row per training sample that a strategy may pick
-- inputs: samples, datasets, scores, embeddings, slice_samples
-- parameter model: varchar | embedding model
-- parameter revision: varchar | its revision
-- parameter datasets: varchar | names of datasets to take from, with * and ?
-- parameter within: varchar | a slice to take from; *: all samples
-- parameter cost: varchar | what a sample costs: samples (1 each), characters, or an axis such as token_length
-- parameter seed: bigint | another seed, another order
-- column lot | its place in a random order that contents and the seed decide
-- column embedded | whether it has a vector, and a cost above 0
with priced as (
    select
        samples.sample_id,
        samples.content_id,
        case
            when $cost = 'samples' then 1
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end as cost
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
    where
        samples.dataset glob $datasets
        and ($within = '*' or samples.sample_id in (select sample_id from slice_samples where slice = $within))
)

select
    priced.sample_id,
    priced.cost::double as cost,
    md5(priced.content_id::varchar || ' ' || $seed::varchar) as lot,
    embeddings.vector is not null and coalesce(priced.cost > 0, false) as embedded
from priced
left join embeddings
    on embeddings.sample_id = priced.sample_id
    and embeddings.model = $model
    and embeddings.revision = $revision
