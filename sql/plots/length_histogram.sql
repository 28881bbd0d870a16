-- relation: length_histogram
-- grain: one row per part of a sample and bin of its length, eight bins to a factor of ten
-- inputs: samples
-- parameter dataset: varchar | dataset
-- column part | instruction or response
-- column exponent | log10 of the smallest length of the bin, in characters; an empty text counts as one
-- column samples | samples in it
with lengths as (
    select 'instruction' as part, length(instruction) as characters from samples where dataset = $dataset
    union all
    select 'response', length(response) from samples where dataset = $dataset and response is not null
)

select
    part,
    floor(log10(greatest(characters, 1)) * 8) / 8 as exponent,
    count(*) as samples
from lengths
group by all
order by all
