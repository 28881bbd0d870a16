-- relation: contamination_known
-- grain: one row per subject and benchmark whose items are known: how items in its training data were looked for
-- inputs: training_runs, evaluation_items, samples, datasets, slice_members, contamination_scans
-- column scanned | all of its data were scanned for all of the items, as both are now; else prompts were compared only
with questions as (
    select distinct
        evaluation_items.benchmark,
        evaluation_items.instruction_id
    from evaluation_items
    where evaluation_items.instruction_id is not null
),

evaluated as (
    select distinct
        training_runs.subject,
        evaluation_items.benchmark
    from evaluation_items
    join training_runs using (run)
    where training_runs.role = 'trained'
),

sources as (
    select distinct
        questions.benchmark,
        questions.instruction_id,
        samples.dataset
    from questions
    left join (samples join datasets on datasets.dataset = samples.dataset and datasets.kind = 'benchmark')
        on samples.instruction_id = questions.instruction_id
),

looked_for as (
    select
        benchmark,
        list(distinct dataset) filter (dataset is not null) as datasets,
        bool_and(dataset is not null) as complete
    from sources
    group by benchmark
),

trained_on as (
    select distinct
        slice as subject,
        dataset
    from slice_members
    union
    select
        dataset as subject,
        dataset
    from datasets
),

scans as (
    select
        contamination_scans.dataset,
        contamination_scans.benchmark
    from contamination_scans
    join datasets as train on train.dataset = contamination_scans.dataset
    join datasets as bench on bench.dataset = contamination_scans.benchmark
    where
        contamination_scans.method = 'text'
        and contamination_scans.finished
        and contamination_scans.of_dataset = coalesce(train.ingested::varchar, '')
        and contamination_scans.of_benchmark = coalesce(bench.ingested::varchar, '')
),

wanted as (
    select
        evaluated.subject,
        evaluated.benchmark,
        looked_for.complete,
        trained_on.dataset,
        unnest(looked_for.datasets) as source
    from evaluated
    join looked_for using (benchmark)
    join trained_on using (subject)
)

select
    evaluated.subject,
    evaluated.benchmark,
    coalesce(bool_and(wanted.complete and scans.dataset is not null), false) as scanned
from evaluated
left join wanted using (subject, benchmark)
left join scans on scans.dataset = wanted.dataset and scans.benchmark = wanted.source
group by evaluated.subject, evaluated.benchmark
