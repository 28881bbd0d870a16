-- relation: importance
-- grain: one row per training sample resampled so that its words are like those of a target, until a budget is spent
-- inputs: samples, datasets, scores
-- parameter target: dataset | dataset to be like (of any kind; never the benchmark that is evaluated)
-- parameter buckets: bigint = 10000 | buckets that words and pairs of words are hashed into
-- parameter budget: bigint = 50e6 | what the selection may cost in all, in characters or in the unit of that axis
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter seed: bigint = 42 | another seed, another draw
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | log of the importance weight and running cost
-- Data selection with importance resampling (Xie et al. 2023, arXiv 2302.03169): bags of hashed n-grams, Gumbel top-k.
with texts as (
    select
        samples.sample_id,
        samples.content_id,
        samples.dataset,
        datasets.kind = 'train' and samples.dataset glob $datasets and samples.dataset <> $target as wanted,
        regexp_extract_all(lower(samples.instruction || ' ' || coalesce(samples.response, '')), '\w+') as words
    from samples
    join datasets on datasets.dataset = samples.dataset
    where (datasets.kind = 'train' and samples.dataset glob $datasets) or samples.dataset = $target
),

features as (
    select
        sample_id,
        content_id,
        wanted,
        dataset = $target as aimed,
        unnest(
            list_transform(
                words || list_transform(list_zip(words[:-2], words[2:]), lambda pair: pair[1] || ' ' || pair[2]),
                lambda gram: (md5_number_lower(gram) % $buckets)::bigint
            )
        ) as bucket
    from texts
),

frequencies as (
    select
        bucket,
        (count(*) filter (aimed) + 1) / nullif(sum(count(*) filter (aimed)) over () + $buckets, 0) as in_target,
        (count(*) filter (wanted) + 1) / nullif(sum(count(*) filter (wanted)) over () + $buckets, 0) as in_pool
    from features
    group by bucket
),

weighed as (
    select
        features.sample_id,
        sum(ln(frequencies.in_target / nullif(frequencies.in_pool, 0))) as log_weight,
        min((md5_number_lower(features.content_id::varchar || ' ' || $seed::varchar) % 1000000007 + 0.5) / 1000000007)
            as lot
    from features
    join frequencies on frequencies.bucket = features.bucket
    where features.wanted
    group by features.sample_id
),

ranked as (
    select
        weighed.sample_id,
        weighed.log_weight,
        sum(
        case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end
        ) over (
            order by weighed.log_weight - ln(-ln(weighed.lot)) desc, weighed.sample_id
            rows between unbounded preceding and current row
        ) as spent
    from weighed
    join samples on samples.sample_id = weighed.sample_id
    left join scores as costs on costs.sample_id = weighed.sample_id and costs.axis = $cost
    where $cost = 'characters' or costs.value is not null
)

select
    sample_id,
    round(log_weight, 2)::varchar || ', ' || spent::bigint::varchar || ' spent' as reason
from ranked
where spent <= $budget
