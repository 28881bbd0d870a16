-- relation: axis_histogram
-- grain: one row per bin that holds values of one axis of one dataset
-- inputs: scores
-- parameter dataset: varchar | dataset scored
-- parameter axis: varchar | axis
-- parameter bins: integer = 40 | bins between the 1st and the 99th percentile; what lies beyond is in the first and last
-- column low | where the bin begins
-- column width | width of every bin; 0 when all values are equal
-- column samples | samples in it
with found as (
    select value::double as value
    from scores
    where dataset = $dataset and axis = $axis and value is not null
),

percentiles as (
    select quantile_disc(value, [0.01, 0.99]) as bounds from found
),

bounds as (
    select
        bounds[1] as low,
        (bounds[2] - bounds[1]) / $bins as width
    from percentiles
),

binned as (
    select
        case when width > 0 then greatest(0, least($bins - 1, floor((value - low) / width)))::integer else 0 end as bin
    from found
    cross join bounds
)

select
    any_value(low) + bin * any_value(width) as low,
    any_value(width) as width,
    count(*) as samples
from binned
cross join bounds
group by bin
order by bin
