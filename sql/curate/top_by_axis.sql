-- relation: top_by_axis
-- grain: one row per training sample among the best by one axis, until a budget is spent
-- inputs: samples, datasets, scores
-- parameter axis: axis | axis to rank by; samples without a value are left out
-- parameter budget: bigint = 50e6 | what the selection may cost in all, in characters or in the unit of that axis
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter descending: boolean = true | whether larger values are better
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | value and running cost
with candidates as (
    select
        samples.sample_id,
        scores.value,
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value::double
        end as cost
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
    join scores on scores.sample_id = samples.sample_id and scores.axis = $axis
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
    where samples.dataset glob $datasets and scores.value is not null
),

ranked as (
    select
        sample_id,
        value,
        sum(cost) over (
            order by if($descending, -value, value), sample_id
            rows between unbounded preceding and current row
        ) as spent
    from candidates
    where cost is not null
)

select
    sample_id,
    $axis || ' ' || value::varchar || ', ' || spent::bigint::varchar || ' spent' as reason
from ranked
where spent <= $budget
