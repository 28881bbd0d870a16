-- relation: giant_clusters
-- grain: one row per cluster of near-duplicates with a survivor in the dataset and more members than allowed
-- inputs: near_duplicates
-- audits: near_duplicates
-- partition: dataset
-- severity: warn
-- parameter datasets: varchar[] | datasets audited
-- parameter allowed: bigint = 1000 | largest number of members, the survivor included
select
    survivor_dataset as dataset,
    "view",
    cluster,
    any_value(survivor_id) as survivor_id,
    count(*) + 1 as members,
    count(*) filter (where reason = 'chain') as chained
from near_duplicates
where list_contains($datasets, survivor_dataset)
group by survivor_dataset, "view", cluster
having count(*) + 1 > $allowed
