-- relation: pending_scans
-- grain: one row per dataset and sample from which on it is to be looked through for some benchmarks
-- inputs: datasets, samples, contamination_scans
-- parameter datasets: varchar[] | datasets to look through
-- parameter benchmarks: varchar[] | benchmarks to look for
-- parameter method: varchar | text or embedding
-- parameter parameters: varchar | hash of everything that a result depends on
-- column last_row | largest row_no of the dataset
-- column scanned_to | largest sample id that was looked at already
-- column samples | samples behind it
-- column state | when the rows of the dataset came; states: the same of each benchmark
with last_rows as (
    select
        dataset,
        max(row_no) as last_row
    from samples
    where list_contains($datasets, dataset)
    group by dataset
),

wanted as (
    select
        train.dataset,
        train.dataset_no,
        coalesce(train.ingested::varchar, '') as state,
        bench.dataset as benchmark,
        bench.dataset_no as benchmark_no,
        coalesce(bench.ingested::varchar, '') as benchmark_state
    from datasets as train
    join datasets as bench on list_contains($benchmarks, bench.dataset)
    where list_contains($datasets, train.dataset)
),

progress as (
    select
        wanted.*,
        last_rows.last_row,
        coalesce(scans.scanned_to, -1) as scanned_to
    from wanted
    join last_rows using (dataset)
    left join contamination_scans as scans
        on scans.dataset = wanted.dataset
        and scans.benchmark = wanted.benchmark
        and scans.method = $method
        and scans.parameters = $parameters
        and scans.of_dataset = wanted.state
        and scans.of_benchmark = wanted.benchmark_state
    where not coalesce(scans.finished, false)
)

select
    dataset,
    dataset_no,
    last_row,
    scanned_to,
    any_value(greatest(0, dataset_no * 4294967296 + last_row - greatest(scanned_to, dataset_no * 4294967296 - 1)))
        as samples,
    any_value(state) as state,
    list(benchmark order by benchmark_no) as benchmarks,
    list(benchmark_state order by benchmark_no) as states
from progress
group by dataset, dataset_no, last_row, scanned_to
order by dataset_no, scanned_to
