-- relation: axis_distances
-- grain: one row per axis and pair of datasets that both have values of it
-- inputs: scores, datasets
-- parameter datasets: varchar[] | datasets compared, each with each
-- parameter axes: varchar[] | axes; none for all
-- parameter at_most: integer = 1000000 | samples looked at of a dataset, about, if it has more: chosen by hash
-- column n | values looked at of the first dataset
-- column other_n | those of the other
-- column ks | Kolmogorov-Smirnov: largest difference of the distribution functions, 0 to 1
-- column wasserstein | mean distance values have to move for the distributions to be equal, in units of the axis
with counts as (
    select axis, dataset, value::double as value, count(*) as n
    from scores
    join datasets using (dataset)
    where dataset in (select unnest($datasets))
        and (datasets.rows <= $at_most or hash(sample_id) / 2.0 ** 64 < $at_most / nullif(datasets.rows, 0))
        and (len($axes) = 0 or list_contains($axes, axis))
        and value is not null
    group by all
),

totals as (
    select axis, dataset, sum(n)::bigint as n from counts group by all
),

pairs as (
    select a.axis, a.dataset, b.dataset as other, a.n, b.n as other_n
    from totals as a
    join totals as b on a.axis = b.axis and a.dataset < b.dataset
),

-- What each value adds to the difference of the two distribution functions.
jumps as (
    select
        pairs.*,
        counts.value,
        sum(if(counts.dataset = pairs.dataset, counts.n / pairs.n, -counts.n / pairs.other_n)) as jump
    from pairs
    join counts on counts.axis = pairs.axis and counts.dataset in (pairs.dataset, pairs.other)
    group by all
),

gaps as (
    select
        axis, dataset, other, n, other_n,
        abs(sum(jump) over values_in_order) as gap,
        lead(value) over values_in_order - value as width
    from jumps
    window values_in_order as (partition by axis, dataset, other order by value)
)

select axis, dataset, other, n, other_n, max(gap) as ks, coalesce(sum(gap * width), 0) as wasserstein
from gaps
group by all
order by axis, dataset, other
