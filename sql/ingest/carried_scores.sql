-- relation: carried_scores
-- grain: one row per new sample and axis whose content had a score before the dataset was replaced
-- inputs: samples, replaced_samples (temporary: the old rows), replaced_scores (temporary: their scores), replaced_dataset_scores (temporary: axes measured over the whole dataset, which depend on every row)
-- parameter dataset: varchar | dataset replaced
with same_content as (
    select
        new.sample_id as new_id,
        min(old.sample_id) as old_id
    from samples as new
    join replaced_samples as old
        on new.content_id = old.content_id
        and new.reference_answer is not distinct from old.reference_answer
        and new.rejected_response is not distinct from old.rejected_response
    where new.dataset = $dataset
    group by new.sample_id
)
select
    same_content.new_id as sample_id,
    $dataset as dataset,
    s.axis,
    s.scorer_version,
    s.value,
    s.status,
    s.detail
from same_content
join replaced_scores as s on s.sample_id = same_content.old_id
where s.axis not in (select axis from replaced_dataset_scores)
order by s.axis, sample_id
