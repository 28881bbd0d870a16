-- relation: random_sample
-- grain: one row per training sample drawn at random, until a budget is spent
-- inputs: samples, datasets, scores
-- parameter budget: bigint = 50e6 | what the selection may cost in all, in characters or in the unit of that axis
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter seed: bigint = 42 | another seed, another draw
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | running cost
with candidates as (
    select
        samples.sample_id,
        md5(samples.content_id::varchar || ' ' || $seed::varchar) as lot,
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end as cost
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
    where samples.dataset glob $datasets
),

drawn as (
    select
        sample_id,
        sum(cost) over (order by lot, sample_id rows between unbounded preceding and current row) as spent
    from candidates
    where cost is not null
)

select
    sample_id,
    'at random, ' || spent::bigint::varchar || ' spent' as reason
from drawn
where spent <= $budget
