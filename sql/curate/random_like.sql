-- relation: random_like
-- grain: one row per training sample drawn at random, until as much is spent as a slice costs
-- inputs: samples, datasets, scores, slice_samples
-- parameter slice: slice | slice that has to beat this
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter seed: bigint = 42 | another seed, another draw
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | running cost
with priced as (
    select
        samples.sample_id,
        samples.dataset,
        md5(samples.content_id::varchar || ' ' || $seed::varchar) as lot,
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end as cost
    from samples
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
),

budget as (
    select sum(priced.cost) as whole
    from priced
    semi join (select sample_id from slice_samples where slice = $slice) using (sample_id)
),

drawn as (
    select
        priced.sample_id,
        sum(priced.cost) over (
            order by priced.lot, priced.sample_id rows between unbounded preceding and current row
        ) as spent
    from priced
    join datasets on datasets.dataset = priced.dataset and datasets.kind = 'train'
    where priced.dataset glob $datasets and priced.cost is not null
)

select
    drawn.sample_id,
    'at random, ' || drawn.spent::bigint::varchar || ' spent' as reason
from drawn
cross join budget
where drawn.spent <= budget.whole
