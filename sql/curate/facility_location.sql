-- relation: facility_location
-- grain: one row per training sample picked because it adds most to how near all samples are to a picked one
-- inputs: picked (temporary, of the strategy), samples, datasets, embeddings, scores, slice_samples
-- strategy: facility_location
-- parameter budget: double = 1000 | what the selection may cost in all
-- parameter cost: varchar = samples | what a sample costs: samples (1 each), characters, or an axis such as token_length
-- parameter model: varchar = * | embedding model; *: the one there is
-- parameter within: varchar = * | a slice to pick from; *: all samples
-- parameter ground: bigint = 10000 | samples, drawn by the seed, that stand for all when gains are measured
-- parameter seed: bigint = 42 | another seed, another draw of what stands for all and of candidates
-- parameter datasets: varchar = * | names of datasets to take from, with * and ?
-- column reason | what it added to the mean of (1 + cosine) / 2, and running cost
-- Lazy greedy up to 20,000 samples, which reaches 1 - 1/e of the best (Nemhauser et al. 1978); beyond, stochastic greedy.
select
    sample_id,
    'adds ' || round(worth, 6)::varchar || ', ' || spent::bigint::varchar || ' spent' as reason
from picked
