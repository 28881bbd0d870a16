-- relation: similarity_histogram
-- grain: one row per bin of the similarities of verified pairs of a view, 0.01 wide
-- inputs: near_duplicate_pairs
-- parameter view: varchar = sample | text compared
-- column pairs | pairs in the bin
-- column estimated | mean of what their signatures said; NULL in the view meaning
select
    least(floor(coalesce(jaccard, cosine)::double * 100 + 1e-6) / 100, 0.99) as low,
    count(*) as pairs,
    avg(estimate) as estimated
from near_duplicate_pairs
where "view" = $view
group by low
order by low
