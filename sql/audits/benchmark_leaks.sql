-- relation: benchmark_leaks
-- grain: one row per member of the slice that asks what a benchmark asks, or holds an item of one
-- inputs: slice_samples, samples, datasets, contamination
-- audits: slices
-- way out: Leave them out: decontaminate in the config of slices, oda slice create --decontaminate.
-- partition: slice
-- blocking: true
-- parameter slices: varchar[] | slices audited
-- column benchmarks | benchmarks with this instruction, or with an item found in it
with members as (
    select
        slice_samples.slice,
        samples.sample_id,
        samples.dataset,
        samples.instruction_id,
        samples.instruction
    from slice_samples
    join samples using (sample_id)
    where list_contains($slices, slice_samples.slice)
),

benchmark_items as (
    select distinct
        samples.instruction_id,
        samples.dataset as benchmark
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'benchmark'
),

leaks as (
    select
        members.*,
        benchmark_items.benchmark
    from members
    join benchmark_items using (instruction_id)
    -- An empty prompt says nothing about where a sample comes from.
    where not regexp_matches(members.instruction, '^\s*$')
    union
    select
        members.*,
        contamination.benchmark
    from members
    join contamination using (sample_id)
    where contamination.verdict = 'contaminated'
)

select
    slice,
    sample_id,
    dataset,
    list(distinct benchmark order by benchmark) as benchmarks,
    instruction
from leaks
group by all
order by slice, sample_id
