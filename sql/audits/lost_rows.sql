-- relation: lost_rows
-- grain: one row per run of row numbers of the dataset that are neither a sample nor a reject
-- inputs: samples, rejects
-- audits: samples
-- way out: Ingest the dataset again; see oda doctor.
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
with known as (
    select dataset, row_no from samples where list_contains($datasets, dataset)
    union
    select dataset, row_no from rejects where list_contains($datasets, dataset) and row_no is not null
),

neighbours as (
    select
        dataset,
        row_no,
        coalesce(lag(row_no) over (partition by dataset order by row_no), -1) as previous
    from known
)

select
    dataset,
    previous + 1 as first_row,
    row_no - 1 as last_row,
    row_no - previous - 1 as lost
from neighbours
where row_no > previous + 1
order by dataset, first_row
