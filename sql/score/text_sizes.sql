-- relation: text_sizes
-- grain: one row per dataset: how long its texts are, from its first rows
-- inputs: samples
-- parameter columns: identifier[] | columns of samples that are read
-- parameter datasets: varchar[] | datasets looked at
-- column bytes | mean bytes of a sample over these columns
select dataset, avg(strlen(concat_ws('', $columns))) as bytes
from samples
where list_contains($datasets, dataset) and row_no < 10_000
group by dataset
