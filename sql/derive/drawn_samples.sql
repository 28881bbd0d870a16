-- relation: drawn_samples
-- grain: one row per sample that is drawn: the contents of a dataset in an order by chance, the first of them
-- inputs: samples
-- parameter datasets: varchar[] | datasets drawn from, each for itself
-- parameter most: bigint | contents drawn of each
-- parameter seed: bigint | another one gives another order
with contents as (
    select dataset, content_id, md5(content_id::varchar || ':' || $seed) as place
    from samples
    where list_contains($datasets, dataset)
    group by dataset, content_id
),
drawn as (
    select dataset, content_id
    from contents
    qualify row_number() over (partition by dataset order by place) <= $most
)
select samples.sample_id, samples.content_id
from samples
join drawn using (dataset, content_id)
