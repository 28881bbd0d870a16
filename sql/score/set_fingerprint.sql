-- relation: set_fingerprint
-- grain: one row: what an axis of a whole dataset is computed from
-- inputs: samples, embeddings
-- parameter dataset: varchar | dataset measured
-- parameter model: varchar | embedding model
-- column samples | samples of the dataset
-- column vectors | those with a vector, of the revision that most have
-- column texts | digest of samples and contents
-- column embedded | digest of the samples that have a vector, and of the revision
with own as (
    select sample_id, content_id from samples where dataset = $dataset
),
kept as (
    select embeddings.sample_id, embeddings.revision, own.content_id
    from embeddings
    join own using (sample_id)
    where embeddings.dataset = $dataset and embeddings.model = $model and embeddings.vector is not null
),
revisions as (
    select revision, count(*) as vectors, bit_xor(hash(hash(sample_id, content_id, revision))) as embedded
    from kept
    group by revision
    order by vectors desc, revision
    limit 1
)
select
    count(*) as samples,
    coalesce(max(revisions.vectors), 0) as vectors,
    coalesce(bit_xor(hash(hash(own.sample_id, own.content_id))), 0) as texts,
    coalesce(max(revisions.embedded), 0) as embedded,
    max(revisions.revision) as revision
from own
left join revisions on true
