-- relation: subset_state
-- grain: one row: what a slice gives as a subset now, by one model
-- inputs: slice_members, slice_samples, samples, embeddings
-- parameter slice: varchar | slice that is the subset
-- parameter model: varchar | embedding model
-- parameter revision: varchar | revision of the model
-- column members | members of the slice
-- column lost | members whose content is no longer in their dataset
-- column unembedded | members of today that were not embedded by this revision
-- column unembedded_in | a dataset with such members
-- column vectors | members with a vector
-- column digest | digest of their contents; a sum, since two of equal content must not cancel out
with found as (
    select samples.sample_id, samples.dataset, samples.content_id, embeddings.sample_id as embedded, embeddings.vector
    from slice_samples
    join samples using (sample_id)
    left join embeddings on samples.sample_id = embeddings.sample_id
        and samples.dataset = embeddings.dataset
        and embeddings.model = $model
        and embeddings.revision = $revision
    where slice_samples.slice = $slice
),

counted as (
    select
        count(*) as here,
        count(*) filter (embedded is null) as unembedded,
        min(dataset) filter (embedded is null) as unembedded_in,
        count(vector) as vectors,
        coalesce(sum(hash(content_id)) filter (vector is not null), 0) as digest
    from found
),

stored as (
    select count(*) as members
    from slice_members
    where slice = $slice
)

select
    stored.members,
    stored.members - counted.here as lost,
    counted.unembedded,
    counted.unembedded_in,
    counted.vectors,
    counted.digest
from stored
cross join counted
