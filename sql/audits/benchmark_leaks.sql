-- relation: benchmark_leaks
-- grain: one row per member of the slice that asks what a benchmark asks: equal instruction ids
-- inputs: slice_samples, samples, datasets
-- audits: slices
-- blocking: true
-- parameter slice: varchar | slice audited
-- column benchmarks | benchmarks with this instruction
with members as (
    select
        samples.sample_id,
        samples.dataset,
        samples.instruction_id,
        samples.instruction
    from slice_samples
    join samples using (sample_id)
    -- An empty prompt says nothing about where a sample comes from.
    where slice_samples.slice = $slice and not regexp_matches(samples.instruction, '^\s*$')
),

benchmark_items as (
    select distinct
        samples.instruction_id,
        samples.dataset as benchmark
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'benchmark'
)

select
    members.sample_id,
    members.dataset,
    list(benchmark_items.benchmark order by benchmark_items.benchmark) as benchmarks,
    members.instruction
from members
join benchmark_items using (instruction_id)
group by all
order by members.sample_id
