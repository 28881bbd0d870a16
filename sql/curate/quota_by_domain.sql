-- relation: quota_by_domain
-- grain: one row per training sample drawn, every domain getting an equal part of a budget
-- inputs: samples, datasets, scores
-- parameter budget: bigint = 50e6 | what the selection may cost in all, in characters or in the unit of that axis
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter axis: axis = none | take the best by this axis first; none: at random
-- parameter seed: bigint = 42 | another seed, another draw
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | the domain it was drawn for and what that has spent
with candidates as (
    select
        samples.sample_id,
        coalesce(datasets.domains[1], 'none') as domain,
        md5(samples.content_id::varchar || ' ' || $seed::varchar) as lot,
        best.value as best,
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end as cost
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
    left join scores as best on best.sample_id = samples.sample_id and best.axis = $axis
    where samples.dataset glob $datasets and ($axis = 'none' or best.value is not null)
),

drawn as (
    select
        sample_id,
        domain,
        sum(cost) over (
            partition by domain
            order by best desc nulls last, lot, sample_id rows between unbounded preceding and current row
        ) as spent
    from candidates
    where cost is not null
)

select
    sample_id,
    domain || ', ' || spent::bigint::varchar || ' spent' as reason
from drawn
where spent <= $budget / nullif((select count(distinct domain) from candidates), 0)
