-- relation: pending_embeddings
-- grain: one row per sample of a window that has no embedding of this model in this revision
-- inputs: samples, embeddings
-- parameter dataset: varchar | dataset embedded
-- parameter low: bigint | smallest sample id of the window
-- parameter high: bigint | largest sample id of the window
-- parameter model: varchar | embedding model
-- parameter revision: varchar | revision of the model
select samples.sample_id, samples.content_id
from samples
anti join (
    select sample_id
    from embeddings
    where dataset = $dataset and sample_id between $low and $high and model = $model and revision = $revision
) as done on done.sample_id = samples.sample_id
where samples.dataset = $dataset and samples.sample_id between $low and $high
