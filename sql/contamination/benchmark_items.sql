-- relation: benchmark_items
-- grain: one row per item of some benchmarks
-- inputs: samples, datasets, prompt_keys
-- parameter benchmarks: varchar[] | benchmarks
-- parameter version: varchar | of prompt_keys
select
    samples.sample_id as item_id,
    samples.dataset as benchmark,
    samples.instruction_id,
    keys.letters,
    keys.words,
    samples.instruction as text
from samples
join prompt_keys as keys on keys.sample_id = samples.sample_id and keys.version = $version
where list_contains($benchmarks, samples.dataset)
order by item_id
