-- relation: leaks
-- grain: one row per dataset and benchmark of which the dataset holds an item, the worst first
-- inputs: contamination_summary
-- parameter datasets: varchar[] | datasets looked at
-- parameter benchmarks: varchar[] | benchmarks looked at
select *
from contamination_summary
where list_contains($datasets, dataset) and list_contains($benchmarks, benchmark)
order by item_rate desc, items_hit desc, dataset, benchmark
