-- relation: compared_datasets
-- grain: one row per dataset that takes part
-- inputs: compared, datasets
-- column ingested | when its rows came into the lake: other rows, another time
-- column first_id | its smallest sample id compared
-- column last_id | its largest sample id compared
select
    compared.dataset,
    count(*) as samples,
    any_value(datasets.ingested)::varchar as ingested,
    min(compared.sample_id) as first_id,
    max(compared.sample_id) as last_id
from compared
join datasets using (dataset)
group by compared.dataset
order by first_id
