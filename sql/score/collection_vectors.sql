-- relation: collection_vectors
-- grain: one row per sample of a dataset with a vector, with its place among them
-- inputs: collection_places (temporary: collection_rows of the dataset), embeddings
-- parameter dataset: varchar | dataset measured
-- parameter model: varchar | embedding model
-- parameter revision: varchar | revision of the model
select
    collection_places.sample_id,
    row_number() over (order by collection_places.place) - 1 as place
from collection_places
join embeddings using (sample_id)
where embeddings.dataset = $dataset and embeddings.model = $model and embeddings.revision = $revision
    and embeddings.vector is not null
