-- relation: contamination_summary
-- grain: one row per dataset and benchmark of which the dataset holds an item
-- inputs: contamination, datasets
-- column items | items of the benchmark; items_hit: those that some sample holds
-- column rows | samples of the dataset; rows_hit: those that hold an item
-- column verbatim | items whose prompt is a prompt of the dataset
-- column with_answer | items whose answer was there too, of the items hit
-- column severity | slight, serious from 1 % of the items on, severe from 10 % on
with hits as (
    select
        dataset,
        benchmark,
        count(distinct item_id) as items_hit,
        count(distinct sample_id) as rows_hit,
        count(distinct item_id) filter (method in ('exact', 'letters')) as verbatim,
        count(distinct item_id) filter (answer) as with_answer
    from contamination
    where verdict = 'contaminated'
    group by dataset, benchmark
)

select
    hits.dataset,
    hits.benchmark,
    bench.rows as items,
    hits.items_hit,
    hits.items_hit / nullif(bench.rows, 0) as item_rate,
    train.rows,
    hits.rows_hit,
    hits.rows_hit / nullif(train.rows, 0) as row_rate,
    hits.verbatim,
    hits.with_answer,
    case
        when hits.items_hit >= 0.1 * bench.rows then 'severe'
        when hits.items_hit >= 0.01 * bench.rows then 'serious'
        else 'slight'
    end as severity
from hits
join datasets as train on train.dataset = hits.dataset
join datasets as bench on bench.dataset = hits.benchmark
