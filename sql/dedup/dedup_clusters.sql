-- relation: dedup_clusters
-- grain: one row per cluster of a view, the largest first
-- inputs: near_duplicates
-- parameter view: varchar = sample | text compared
-- parameter largest: bigint = 10 | clusters shown
-- column members | samples of the cluster, its survivor included
-- column datasets | datasets they come from, that of the survivor included
-- column least | smallest similarity with the survivor, where it is known
-- column chained | members that only others link with the survivor
select
    cluster,
    any_value(survivor_id) as survivor_id,
    any_value(survivor_dataset) as survivor_dataset,
    count(*) + 1 as members,
    len(list_distinct(list(dataset) || [any_value(survivor_dataset)])) as datasets,
    min(similarity) as least,
    count(*) filter (where reason = 'chain') as chained
from near_duplicates
where "view" = $view
group by cluster
order by members desc, cluster
limit $largest
