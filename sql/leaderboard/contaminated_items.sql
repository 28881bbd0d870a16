-- relation: contaminated_items
-- grain: one row per subject, benchmark and item of which the question, normalised, stands in what it was trained on
-- inputs: training_runs, evaluation_items, samples, slice_members
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
        samples.instruction_id
    from slice_members
    join samples using (dataset, content_id)
    union
    select
        dataset as subject,
        instruction_id
    from samples
    where dataset in (select subject from questions)
)

select
    questions.subject,
    questions.benchmark,
    questions.item
from questions
semi join trained_on using (subject, instruction_id)
