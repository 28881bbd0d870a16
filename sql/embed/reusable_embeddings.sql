-- relation: reusable_embeddings
-- grain: one row per pending sample whose content has an embedding of this model and revision elsewhere in the lake
-- inputs: pending_vectors (temporary: pending_embeddings of the window), samples, embeddings
-- parameter model: varchar | embedding model
-- parameter revision: varchar | revision of the model
-- column donor_id | the sample whose vector it takes
select
    pending_vectors.sample_id,
    min(embeddings.sample_id) as donor_id
from pending_vectors
join samples using (content_id)
join embeddings on embeddings.sample_id = samples.sample_id
where embeddings.model = $model and embeddings.revision = $revision
group by pending_vectors.sample_id
