-- relation: length_matched
-- grain: one row per training sample drawn at random so that lengths are those of a slice
-- inputs: samples, datasets, scores, slice_samples
-- parameter slice: slice | slice that has to beat this
-- parameter cost: axis = characters | what a sample costs: characters, or an axis such as token_length
-- parameter seed: bigint = 42 | another seed, another draw
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | the lengths it was drawn for: a half of an octave
with priced as (
    select
        samples.sample_id,
        samples.dataset,
        md5(samples.content_id::varchar || ' ' || $seed::varchar) as lot,
        floor(2 * log2(greatest(1, case
            when $cost = 'characters'
                then length(coalesce(samples.system, '')) + length(samples.instruction)
                    + length(coalesce(samples.response, ''))
            else costs.value
        end)))::bigint as stratum
    from samples
    left join scores as costs on costs.sample_id = samples.sample_id and costs.axis = $cost
),

wanted as (
    select
        priced.stratum,
        count(*) as members
    from priced
    semi join (select sample_id from slice_samples where slice = $slice) using (sample_id)
    group by priced.stratum
),

drawn as (
    select
        priced.sample_id,
        priced.stratum,
        row_number() over (partition by priced.stratum order by priced.lot, priced.sample_id) as draw
    from priced
    join datasets on datasets.dataset = priced.dataset and datasets.kind = 'train'
    where priced.dataset glob $datasets
)

select
    drawn.sample_id,
    $cost || ' from ' || ceil(pow(2, drawn.stratum / 2))::bigint::varchar
    || ' to ' || (ceil(pow(2, (drawn.stratum + 1) / 2)) - 1)::bigint::varchar as reason
from drawn
join wanted on wanted.stratum = drawn.stratum
where drawn.draw <= wanted.members
