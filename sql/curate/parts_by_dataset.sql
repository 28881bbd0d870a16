-- relation: parts_by_dataset
-- grain: one row per training sample drawn, every named dataset getting its part of a budget
-- inputs: samples, datasets, scores
-- parameter parts: parts | datasets with weights, e.g. alpaca=0.7,gsm8k=0.3; 1 where none is given
-- parameter budget: bigint = 50e6 | what the selection may cost in all, in characters or in the unit of that axis
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter seed: bigint = 42 | another seed, another draw
-- column reason | the dataset's part of the budget and what it has spent
with parts as (
    select
        trim(split_part(part, '=', 1)) as dataset,
        case when contains(part, '=') then split_part(part, '=', 2)::double else 1 end as weight
    from (select unnest(string_split($parts, ',')) as part)
),

shares as (
    select
        parts.dataset,
        parts.weight / nullif((select sum(weight) from parts), 0) * $budget as share
    from parts
    join datasets on datasets.dataset = parts.dataset and datasets.kind = 'train'
),

drawn as (
    select
        samples.sample_id,
        shares.share,
        sum(
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end
        ) over (
            partition by samples.dataset
            order by md5(samples.content_id::varchar || ' ' || $seed::varchar), samples.sample_id
            rows between unbounded preceding and current row
        ) as spent
    from samples
    join shares on shares.dataset = samples.dataset
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
    where $cost = 'characters' or costs.value is not null
)

select
    sample_id,
    spent::bigint::varchar || ' of ' || round(share)::bigint::varchar || ' spent' as reason
from drawn
where spent <= share
