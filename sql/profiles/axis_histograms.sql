-- relation: axis_histograms
-- grain: one row per axis, dataset and bin that holds values; the datasets share the bins of an axis
-- inputs: scores, datasets
-- parameter datasets: varchar[] | datasets side by side
-- parameter axes: varchar[] | axes; none for all
-- parameter at_most: integer = 1000000 | samples looked at of a dataset, about, if it has more: chosen by hash
-- parameter bins: integer = 24 | bins between the 1st and the 99th percentile of all values; the outer ones hold the tails
-- column bin | number of the bin, from 0
-- column low | where the bins begin
-- column width | width of every bin; 0 when all values are equal
-- column samples | samples looked at that are in the bin
with found as (
    select axis, dataset, value::double as value
    from scores
    join datasets using (dataset)
    where dataset in (select unnest($datasets))
        and (datasets.rows <= $at_most or hash(sample_id) / 2.0 ** 64 < $at_most / nullif(datasets.rows, 0))
        and (len($axes) = 0 or list_contains($axes, axis))
        and value is not null
),

percentiles as (
    select axis, quantile_disc(value, [0.01, 0.99]) as bounds from found group by axis
),

edges as (
    select axis, bounds[1] as low, (bounds[2] - bounds[1]) / $bins as width from percentiles
),

binned as (
    select
        found.axis,
        found.dataset,
        edges.low,
        edges.width,
        case
            when edges.width > 0
                then greatest(0, least($bins - 1, floor((found.value - edges.low) / edges.width)))::integer
            else 0
        end as bin
    from found
    join edges using (axis)
)

select axis, dataset, bin, low, width, count(*) as samples
from binned
group by all
order by axis, dataset, bin
