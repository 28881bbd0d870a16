-- relation: k_center
-- grain: one row per training sample picked again and again farthest, in embeddings, from those picked before
-- inputs: picked (temporary, of the strategy), samples, datasets, embeddings, scores, slice_samples
-- strategy: k_center
-- parameter budget: double = 1000 | what the selection may cost in all
-- parameter cost: varchar = samples | what a sample costs: samples (1 each), characters, or an axis such as token_length
-- parameter model: varchar = * | embedding model; *: the one there is
-- parameter within: varchar = * | a slice to pick from; *: all samples
-- parameter seed: bigint = 42 | another seed, another sample to begin with
-- parameter datasets: varchar = * | names of datasets to take from, with * and ?
-- column reason | its distance (0 to 2) to the nearest sample picked before, and running cost
-- The largest distance of a sample to the nearest picked one is at most twice the least possible (Gonzalez 1985).
select
    sample_id,
    coalesce('distance ' || round(worth, 4)::varchar, 'the first') || ', ' || spent::bigint::varchar || ' spent' as reason
from picked
