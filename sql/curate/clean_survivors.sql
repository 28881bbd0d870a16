-- relation: clean_survivors
-- grain: one row per training sample that no near-duplicate stands for and that holds no benchmark item
-- inputs: samples, datasets, near_duplicates, contamination, contamination_scans
-- parameter view: varchar = sample | near-duplicates of this view; the run of oda dedup has to be there
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | how many others it stands for, and how benchmark items were looked for: scanned, or prompts only
with replaced as (
    select
        sample_id,
        survivor_id
    from near_duplicates
    where view = $view
),

benchmarks as (
    select
        dataset,
        coalesce(ingested::varchar, '') as state
    from datasets
    where kind = 'benchmark'
),

asked as (
    select distinct samples.instruction_id
    from samples
    join benchmarks using (dataset)
),

leaked as (
    select distinct samples.content_id
    from contamination
    join samples using (sample_id)
    where contamination.verdict = 'contaminated'
),

-- Scanned is what was looked through for every benchmark, as both are now.
scanned as (
    select datasets.dataset
    from datasets
    cross join benchmarks
    left join contamination_scans as scans
        on scans.dataset = datasets.dataset
        and scans.benchmark = benchmarks.dataset
        and scans.method = 'text'
        and scans.finished
        and scans.of_dataset = coalesce(datasets.ingested::varchar, '')
        and scans.of_benchmark = benchmarks.state
    group by datasets.dataset
    having count(scans.dataset) = count(*)
),

stood_for as (
    select
        survivor_id as sample_id,
        count(*) as others
    from replaced
    group by survivor_id
)

select
    samples.sample_id,
    concat_ws(
        ', ',
        'stands for ' || stood_for.others::varchar || ' others',
        if(scanned.dataset is null, 'prompts of benchmarks compared', 'scanned for benchmarks')
    ) as reason
from samples
join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
anti join replaced on replaced.sample_id = samples.sample_id
anti join asked on asked.instruction_id = samples.instruction_id
anti join leaked on leaked.content_id = samples.content_id
left join stood_for on stood_for.sample_id = samples.sample_id
left join scanned on scanned.dataset = samples.dataset
where samples.dataset glob $datasets
