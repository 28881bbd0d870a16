-- relation: lost_rows
-- grain: one row per run of row numbers of the dataset that are neither a sample nor a reject
-- inputs: samples, rejects
-- audits: samples
-- severity: warn
-- parameter dataset: varchar | dataset audited
with known as (
    select row_no from samples where dataset = $dataset
    union
    select row_no from rejects where dataset = $dataset and row_no is not null
),

neighbours as (
    select
        row_no,
        coalesce(lag(row_no) over (order by row_no), -1) as previous
    from known
)

select
    previous + 1 as first_row,
    row_no - 1 as last_row,
    row_no - previous - 1 as lost
from neighbours
where row_no > previous + 1
order by first_row
