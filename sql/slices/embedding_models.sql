-- relation: embedding_models
-- grain: one row per embedding model with vectors: the revision that most of them are of
-- inputs: embeddings
with counted as (
    select
        model,
        revision,
        count(*) as vectors
    from embeddings
    where vector is not null
    group by model, revision
)

select
    model,
    first(revision order by vectors desc, revision) as revision
from counted
group by model
order by model
