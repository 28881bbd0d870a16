-- relation: keyed_texts
-- grain: one row per sample of a chunk: what its prompt and answer are compared by
-- inputs: chunk (temporary: chunk_rows), samples; the function prompt_keys_of
-- parameter ngram: integer | words of a run
-- parameter window: integer | runs of which one is kept
-- parameter low: bigint | smallest sample id of the range
-- parameter high: bigint | largest sample id of the range
-- column wide | whether three characters in ten or more are letters beyond Latin ones, which take more bytes
with texts as (
    select
        sample_id,
        -- Of several turns the first of the user: what came after it was answered to.
        coalesce(
            list_filter(
                from_json(messages, '[{"role": "VARCHAR", "content": "VARCHAR"}]'), lambda turn: turn.role = 'user'
            )[1].content,
            instruction
        ) as prompt,
        response as answer
    from samples
    semi join chunk using (sample_id)
    where sample_id between $low and $high
)

select
    sample_id,
    coalesce(strlen(prompt) - length(prompt) >= 0.3 * length(prompt) and prompt <> '', false) as wide,
    unnest(prompt_keys_of(prompt, answer, $ngram, $window))
from texts
