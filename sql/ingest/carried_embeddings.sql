-- relation: carried_embeddings
-- grain: one row per new sample and model whose content had an embedding before the dataset was replaced
-- inputs: samples, replaced_samples (temporary: the old rows), replaced_embeddings (temporary: their embeddings)
-- parameter dataset: varchar | dataset replaced
with same_content as (
    select
        new.sample_id as new_id,
        min(old.sample_id) as old_id
    from samples as new
    join replaced_samples as old using (content_id)
    join replaced_embeddings as e on e.sample_id = old.sample_id
    where new.dataset = $dataset
    group by new.sample_id
)
select
    same_content.new_id as sample_id,
    $dataset as dataset,
    e.model,
    e.revision,
    e.vector
from same_content
join replaced_embeddings as e on e.sample_id = same_content.old_id
order by e.model, sample_id
