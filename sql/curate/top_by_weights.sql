-- relation: top_by_weights
-- grain: one row per training sample among the best by a weighted sum of axes, until a budget is spent
-- inputs: samples, datasets, scores
-- parameter weights: axes | axes with weights, e.g. mtld=1,ppl=-0.5; each runs from 0 (5th percentile) to 1 (95th)
-- parameter budget: bigint = 50e6 | what the selection may cost in all, in characters or in the unit of that axis
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | sum and running cost
with weights as (
    select
        trim(split_part(part, '=', 1)) as axis,
        case when contains(part, '=') then split_part(part, '=', 2)::double else 1 end as weight
    from (select unnest(string_split($weights, ',')) as part)
),

taken as (
    select
        scores.sample_id,
        scores.axis,
        scores.value,
        weights.weight
    from scores
    join weights on weights.axis = scores.axis
    join datasets on datasets.dataset = scores.dataset and datasets.kind = 'train'
    where scores.dataset glob $datasets and scores.value is not null
),

bounds as (
    select
        axis,
        quantile_cont(value, 0.05) as low,
        quantile_cont(value, 0.95) as high
    from taken
    group by axis
),

sums as (
    select
        taken.sample_id,
        sum(
            taken.weight
            * least(1, greatest(0, coalesce((taken.value - bounds.low) / nullif(bounds.high - bounds.low, 0), 0)))
        ) as total
    from taken
    join bounds on bounds.axis = taken.axis
    group by taken.sample_id
    having count(*) = (select count(*) from weights)
),

ranked as (
    select
        sums.sample_id,
        sums.total,
        sum(
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end
        ) over (
            order by sums.total desc, sums.sample_id rows between unbounded preceding and current row
        ) as spent
    from sums
    join samples on samples.sample_id = sums.sample_id
    left join scores as costs on costs.sample_id = sums.sample_id and costs.axis = $cost
    where $cost = 'characters' or costs.value is not null
)

select
    sample_id,
    round(total, 4)::varchar || ', ' || spent::bigint::varchar || ' spent' as reason
from ranked
where spent <= $budget
