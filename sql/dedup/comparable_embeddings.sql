-- relation: comparable_embeddings
-- grain: one row per sample of a training dataset with a vector of a model in a revision
-- inputs: datasets, embeddings, samples
-- parameter model: varchar | embedding model
-- parameter revision: varchar | revision of the model
-- column whole | equal for samples of equal content
-- column size | characters of the text
with vectors as (
    select
        sample_id,
        dataset
    from embeddings
    semi join (select dataset from datasets where kind = 'train') as training using (dataset)
    where model = $model and revision = $revision and vector is not null
)

select
    vectors.sample_id,
    vectors.dataset,
    samples.content_id as whole,
    length(coalesce(samples.instruction, '')) + length(coalesce(samples.response, '')) as size
from vectors
join samples using (sample_id)
