-- relation: equal_prompts
-- grain: one row per benchmark item, sample of a range with an equal prompt, and method
-- inputs: benchmark_items (temporary), samples, prompt_keys
-- parameter version: varchar | of prompt_keys
-- parameter datasets: varchar[] | datasets looked through
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column method | exact: up to case and white space; letters: in letters and digits, of several turns the first
with range as (
    select
        samples.sample_id,
        samples.instruction_id,
        keys.letters
    from samples
    join prompt_keys as keys on keys.sample_id = samples.sample_id
    where
        list_contains($datasets, samples.dataset)
        and samples.sample_id between $low and $high
        and keys.sample_id between $low and $high
        and keys.version = $version
        and keys.words > 0
)

select
    items.item_id,
    range.sample_id,
    'exact' as method
from range
join benchmark_items as items using (instruction_id)
union all
select
    items.item_id,
    range.sample_id,
    'letters' as method
from range
join benchmark_items as items using (letters)
