-- relation: answer_texts
-- grain: one row per sample of a part: its answer as it is compared
-- inputs: asked (temporary: answer_part), samples; the function letters
-- column letters | of the answer; rejected: of the answer that the dataset rejects
-- column final | the reference answer, or the last word of the answer
with wanted as (
    select sample_id from asked
    union
    select other_id from asked
)

select
    sample_id,
    response,
    letters(response) as letters,
    lower(coalesce(reference_answer, regexp_extract(response, '(\S+)\s*$', 1))) as final,
    letters(rejected_response) as rejected
from samples
-- The few are looked for among the many: texts of samples that nobody asked for are never held.
semi join wanted using (sample_id)
