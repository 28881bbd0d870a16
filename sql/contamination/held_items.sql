-- relation: held_items
-- grain: one row per member of a selection that is a benchmark item or holds one
-- inputs: samples, datasets, leaked (temporary: content_id, benchmark)
-- parameter members: identifier | the selection, with sample_id
-- column benchmarks | benchmarks it has to do with
-- column reason | is an item of a benchmark, asks what an item asks, or holds the words of one
with chosen as (
    select
        samples.sample_id,
        samples.dataset,
        samples.instruction_id,
        samples.content_id,
        datasets.kind,
        regexp_matches(coalesce(samples.instruction, ''), '\S') as asked
    from $members as members
    join samples on samples.sample_id = members.sample_id
    join datasets on datasets.dataset = samples.dataset
),

asked as (
    select distinct
        samples.instruction_id,
        samples.dataset as benchmark
    from samples
    join datasets on datasets.dataset = samples.dataset and datasets.kind = 'benchmark'
),

held as (
    select
        sample_id,
        dataset as benchmark,
        1 as rank
    from chosen
    where kind = 'benchmark'
    union all
    select
        chosen.sample_id,
        asked.benchmark,
        2 as rank
    from chosen
    join asked using (instruction_id)
    -- An empty prompt says nothing about where a sample comes from.
    where chosen.asked and chosen.kind <> 'benchmark'
    union all
    select
        chosen.sample_id,
        leaked.benchmark,
        3 as rank
    from chosen
    join leaked using (content_id)
    where chosen.kind <> 'benchmark'
)

select
    sample_id,
    list(distinct benchmark order by benchmark) as benchmarks,
    ['is a benchmark item', 'asks what a benchmark item asks', 'holds a benchmark item'][min(rank)] as reason
from held
group by sample_id
order by sample_id
