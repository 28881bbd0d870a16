-- relation: dataset_states
-- grain: one row per dataset: what it is now
-- inputs: datasets
-- column ingested | when its rows came into the lake: other rows, another time
select
    dataset,
    dataset_no,
    ingested::varchar as ingested,
    rows,
    kind
from datasets
order by dataset_no
