-- relation: rephrased_pairs
-- grain: one row per pair that is alike by embeddings or near prompts, is no finding of words, and was not judged so
-- inputs: contamination, contamination_scans, datasets, samples
-- parameter datasets: varchar[] | datasets looked through
-- parameter benchmarks: varchar[] | benchmarks looked for
-- parameter parameters: varchar | hash of model and question
-- column state | when the rows of the dataset came; benchmark_state: those of the benchmark
-- column known | whether other pairs of these two were judged by the same
with alike as (
    select
        item_id,
        sample_id,
        benchmark,
        dataset,
        any_value(item_words) as item_words,
        coalesce(max(similarity) filter (method = 'embedding'), max(similarity)) as similarity
    from contamination
    where
        method in ('embedding', 'near')
        and list_contains($datasets, dataset)
        and list_contains($benchmarks, benchmark)
    group by item_id, sample_id, benchmark, dataset
),

told as (
    select distinct
        item_id,
        sample_id
    from contamination
    where verdict = 'contaminated' and method not in ('embedding', 'judge')
),

judged as (
    select
        item_id,
        sample_id
    from contamination
    where method = 'judge'
),

found as (
    select
        alike.*,
        coalesce(train.ingested::varchar, '') as state,
        coalesce(bench.ingested::varchar, '') as benchmark_state,
        scans.dataset is not null as known,
        judged.item_id is not null as seen
    from alike
    join datasets as train on train.dataset = alike.dataset
    join datasets as bench on bench.dataset = alike.benchmark
    anti join told on told.item_id = alike.item_id and told.sample_id = alike.sample_id
    left join judged on judged.item_id = alike.item_id and judged.sample_id = alike.sample_id
    left join contamination_scans as scans
        on scans.dataset = alike.dataset
        and scans.benchmark = alike.benchmark
        and scans.method = 'judge'
        and scans.parameters = $parameters
        and scans.of_dataset = coalesce(train.ingested::varchar, '')
        and scans.of_benchmark = coalesce(bench.ingested::varchar, '')
)

select
    found.* exclude (seen),
    concat_ws(chr(10), item.instruction, item.response) as item,
    concat_ws(chr(10), sample.instruction, sample.response) as sample,
    left(item.instruction, 300) as matched
from found
join samples as item on item.sample_id = found.item_id
join samples as sample on sample.sample_id = found.sample_id
where not (known and seen)
order by dataset, benchmark, sample_id, item_id
