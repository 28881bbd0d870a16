-- relation: view_texts
-- grain: one row per sample of a temporary table: its text in a view
-- inputs: samples
-- parameter nodes: identifier | temporary table of sample_ids
-- parameter view: varchar | text wanted: sample, instruction or response
select
    sample_id,
    dataset,
    case $view
        when 'instruction' then instruction
        when 'response' then response
        else concat_ws(chr(10), nullif(instruction, ''), nullif(response, ''))
    end as text
from samples
semi join $nodes using (sample_id)
