-- relation: clean_survivors
-- grain: one row per training sample that no near-duplicate stands for and whose prompt no benchmark has
-- inputs: samples, datasets, near_duplicates
-- parameter view: varchar = sample | near-duplicates of this view; the run of oda dedup has to be there
-- parameter datasets: varchar = * | names of datasets to take from, with * and ?
-- column reason | how many others it stands for
with replaced as (
    select
        sample_id,
        survivor_id
    from near_duplicates
    where view = $view
),

asked as (
    select distinct samples.instruction_id
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'benchmark'
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
    'stands for ' || stood_for.others::varchar || ' others' as reason
from samples
join datasets on datasets.dataset = samples.dataset and datasets.kind = 'train'
anti join replaced on replaced.sample_id = samples.sample_id
anti join asked on asked.instruction_id = samples.instruction_id
left join stood_for on stood_for.sample_id = samples.sample_id
where samples.dataset glob $datasets
