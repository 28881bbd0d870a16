-- relation: stratified_sample
-- grain: one row per training sample drawn, the same number from every dataset (all of a smaller one)
-- inputs: samples, datasets
-- parameter rows: bigint = 1000 | samples to draw from each dataset
-- parameter seed: bigint = 42 | another seed, another draw; content decides, so copies and re-ingests change nothing else
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | the dataset it was drawn for
with drawn as (
    select
        samples.sample_id,
        samples.dataset,
        row_number() over (
            partition by samples.dataset
            order by md5(samples.content_id::varchar || ' ' || $seed::varchar), samples.sample_id
        ) as draw
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
    where samples.dataset glob $datasets
)

select
    sample_id,
    'drawn from ' || dataset as reason
from drawn
where draw <= $rows
