-- relation: contaminated_items
-- grain: one row per subject, benchmark and item that stands in what the subject was trained on
-- inputs: training_runs, evaluation_items, samples, datasets, slice_members, contamination
-- An item is there where its question, normalised, is, or where a scan found it (contamination).
with questions as (
    select distinct
        training_runs.subject,
        evaluation_items.benchmark,
        evaluation_items.item,
        evaluation_items.instruction_id
    from evaluation_items
    join training_runs using (run)
    where training_runs.role = 'trained' and evaluation_items.instruction_id is not null
),

trained_on as (
    select
        slice_members.slice as subject,
        samples.instruction_id,
        samples.content_id
    from slice_members
    join samples using (dataset, content_id)
    union
    select
        dataset as subject,
        instruction_id,
        content_id
    from samples
    where dataset in (select subject from questions)
),

leaked as (
    select distinct
        items.instruction_id,
        samples.content_id
    from contamination
    join samples as items on items.sample_id = contamination.item_id
    join datasets on datasets.dataset = items.dataset and datasets.kind = 'benchmark'
    join samples on samples.sample_id = contamination.sample_id
    where contamination.verdict = 'contaminated'
)

select
    questions.subject,
    questions.benchmark,
    questions.item
from questions
semi join trained_on using (subject, instruction_id)
union
select
    questions.subject,
    questions.benchmark,
    questions.item
from questions
join leaked on leaked.instruction_id = questions.instruction_id
semi join trained_on on trained_on.subject = questions.subject and trained_on.content_id = leaked.content_id
