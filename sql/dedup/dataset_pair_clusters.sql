-- relation: dataset_pair_clusters
-- grain: one row per dataset and dataset of its survivors, in a view
-- inputs: near_duplicates
-- parameter view: varchar = sample | text compared
-- column samples | samples of the dataset that a sample of the other stands for
-- column mean_similarity | mean similarity of these with their survivors, where it is known
select
    dataset,
    survivor_dataset,
    count(*) as samples,
    count(*) filter (where reason = 'exact') as exact,
    count(distinct cluster) as clusters,
    round(avg(similarity), 3) as mean_similarity
from near_duplicates
where "view" = $view
group by all
order by samples desc, dataset, survivor_dataset
