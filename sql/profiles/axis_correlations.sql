-- relation: axis_correlations
-- grain: one row per pair of axes that some sample has both values of
-- inputs: scored_axes
-- parameter datasets: varchar[] | datasets taken together
-- parameter axes: varchar[] | axes; none for all
-- parameter at_most: integer = 10000 | samples looked at: those whose ids have the smallest hashes
-- column n | samples with both values
-- column pearson | linear correlation; NULL for fewer than 3 samples or where an axis does not vary
-- column spearman | correlation of the ranks, ties in the middle; NULL as for pearson
with chosen as (
    -- A column of its own keeps the unpivot valid while there is no axis yet.
    select * exclude (dataset), null::float as "0"
    from scored_axes
    where dataset in (select unnest($datasets))
    order by md5(sample_id::varchar), sample_id
    limit $at_most
),

long_values as (
    select sample_id, axis, value::double as value
    from (unpivot chosen on columns(* exclude (sample_id)) into name axis value value)
    where len($axes) = 0 or list_contains($axes, axis)
),

in_common as (
    select a.axis, b.axis as other, a.value as x, b.value as y
    from long_values as a
    join long_values as b on a.sample_id = b.sample_id and a.axis < b.axis
),

-- Rank from below less rank from above: the middle rank of ties but for scale and origin.
ranked as (
    select
        axis, other, x, y,
        rank() over (partition by axis, other order by x) - rank() over (partition by axis, other order by x desc) as x_rank,
        rank() over (partition by axis, other order by y) - rank() over (partition by axis, other order by y desc) as y_rank
    from in_common
),

measured as (
    select
        axis, other,
        count(*) as n,
        count(*) >= 3 and min(x) < max(x) and min(y) < max(y) as varies,
        corr(x, y) as pearson,
        corr(x_rank, y_rank) as spearman
    from ranked
    group by axis, other
)

select axis, other, n, if(varies, pearson, null) as pearson, if(varies, spearman, null) as spearman
from measured
order by axis, other
