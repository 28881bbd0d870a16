-- relation: scanned_texts
-- grain: one row per sample of a range that has a run of words of some benchmark item
-- inputs: samples; the function benchmark_runs
-- parameter datasets: varchar[] | datasets looked through
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column prompt | hash of the prompt
-- column words | words of the prompt
-- column runs | where runs of items are; edited: the same where numbers do not matter
with texts as (
    select
        sample_id,
        hash(instruction) as prompt,
        unnest(benchmark_runs(instruction, response))
    from samples
    where list_contains($datasets, dataset) and sample_id between $low and $high
)

select *
from texts
where len(runs) > 0 or len(edited) > 0
order by sample_id
