-- relation: answered
-- grain: one row per pair of a benchmark item and a sample: whether the sample has the item's answer too
-- inputs: pairs (temporary: item_id, sample_id), samples; the function shingle_share
-- column answer | half of the answer's runs of three words are in the sample, or both end alike; NULL without an answer
with texts as (
    select
        pairs.item_id,
        pairs.sample_id,
        item.response as answer,
        lower(coalesce(item.reference_answer, regexp_extract(rtrim(item.response, ' .'), '(\S+)\s*$', 1))) as final,
        concat_ws(chr(10), sample.instruction, sample.response) as text,
        lower(regexp_extract(rtrim(coalesce(sample.response, sample.instruction), ' .'), '(\S+)\s*$', 1)) as ending,
        lower(sample.reference_answer) as reference
    from pairs
    join samples as item on item.sample_id = pairs.item_id
    join samples as sample on sample.sample_id = pairs.sample_id
)

select
    item_id,
    sample_id,
    case
        when coalesce(answer, '') = '' and coalesce(final, '') = '' then null
        else coalesce(shingle_share(answer, text, 3) >= 0.5, false)
            or coalesce(final <> '' and final in (ending, reference), false)
    end as answer
from texts
