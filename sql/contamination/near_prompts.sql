-- relation: near_prompts
-- grain: one row per benchmark item and sample of a range whose prompt is nearly the item's
-- inputs: benchmark_items (temporary), samples; the functions minhash_of, shingle_jaccard_of
-- parameter datasets: varchar[] | datasets looked through
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- parameter ngram: integer | characters of a shingle
-- parameter least: double | Jaccard index of the shingles of both that makes them near
-- parameter short: integer | words that an item needs
-- parameter common: integer | a band of more items of a benchmark says nothing, nor does a prompt that is near more of them
-- column similarity | that index, exactly
-- Candidates share one of 28 bands of four permutations of 112: nearly all pairs from 0.6 on, five of six at 0.5.
with texts as (
    select
        item_id as id,
        text,
        benchmark
    from benchmark_items
    where words >= $short
    union all
    select
        sample_id as id,
        instruction as text,
        null as benchmark
    from samples
    where list_contains($datasets, dataset) and sample_id between $low and $high
),

signed as materialized (
    select
        id,
        text,
        benchmark,
        unnest(minhash_of(text, 'character', $ngram, 112, 1))
    from texts
),

lanes as (
    select
        id,
        benchmark,
        shingles,
        unnest([
            lane_00, lane_01, lane_02, lane_03, lane_04, lane_05, lane_06,
            lane_07, lane_08, lane_09, lane_10, lane_11, lane_12, lane_13
        ]) as lane,
        unnest(range(14)) as place
    from signed
    where shingles > 0
),

bands as (
    select
        id,
        benchmark,
        shingles,
        2 * place + half as band,
        (lane >> (32 * half)) & 4294967295 as key
    from lanes
    cross join (from range(2)) as halves (half)
),

telling as (
    select *
    from bands
    where benchmark is not null
    qualify count(*) over (partition by benchmark, band, key) <= $common
),

candidates as (
    select distinct
        telling.id as item_id,
        bands.id as sample_id
    from telling
    join bands using (band, key)
    where bands.benchmark is null and bands.shingles between $least * telling.shingles and telling.shingles / $least
),

compared as (
    select
        candidates.item_id,
        candidates.sample_id,
        shingle_jaccard_of(one.text, other.text, 'character', $ngram)::double as similarity
    from candidates
    join signed as one on one.id = candidates.item_id and one.benchmark is not null
    join signed as other on other.id = candidates.sample_id and other.benchmark is null
)

select
    compared.item_id,
    compared.sample_id,
    compared.similarity
from compared
join benchmark_items as items using (item_id)
where compared.similarity >= $least
qualify count(*) over (partition by compared.sample_id, items.benchmark) <= $common
