-- relation: signed_texts
-- grain: one row per sample of a chunk: its signature
-- inputs: chunk (temporary: chunk_rows), samples; the function minhash_of
-- parameter view: varchar | text to sign: sample, instruction or response
-- parameter unit: varchar | what a shingle is made of
-- parameter ngram: integer | tokens of a shingle
-- parameter permutations: integer | multiple of 8
-- parameter seed: integer | of the permutations
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
with texts as (
    select
        sample_id,
        case $view
            when 'instruction' then instruction
            when 'response' then response
            else concat_ws(chr(10), nullif(instruction, ''), nullif(response, ''))
        end as text
    from samples
    semi join chunk using (sample_id)
    where sample_id between $low and $high
)
select sample_id, unnest(minhash_of(text, $unit, $ngram, $permutations, $seed))
from texts
