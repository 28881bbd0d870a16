-- relation: answer_overlaps
-- grain: one row per ordered pair of datasets and measure: how alike the answers to prompts are that both have
-- inputs: asked (temporary: answer_part), answers (temporary: answer_texts); the function shingle_share
-- parameter ngram: integer = 3 | words of the runs that answers are compared by
-- column measure | answers: the same letters and digits; final_answers: the same end or reference answer;
--   rejected_answers: the other's answer is the one that the dataset rejects
-- column similarity | mean share of the word runs of the dataset's answer that stand in the other's
with ordered as (
    select
        dataset_no,
        other_no,
        sample_id,
        other_id
    from asked
    union all
    select
        other_no,
        dataset_no,
        other_id,
        sample_id
    from asked
),

compared as (
    select
        ordered.dataset_no,
        ordered.other_no,
        mine.letters as answer,
        theirs.letters as other_answer,
        shingle_share(mine.response, theirs.response, $ngram) as share,
        mine.final,
        theirs.final as other_final,
        mine.rejected
    from ordered
    join answers as mine using (sample_id)
    join answers as theirs on theirs.sample_id = ordered.other_id
),

measured as (
    select
        dataset_no,
        other_no,
        unnest([
            {
                'measure': 'answers',
                'rows': count(*) filter (answer is not null and other_answer is not null),
                'found': count(*) filter (answer = other_answer),
                'similarity': avg(share)
            },
            {
                'measure': 'final_answers',
                'rows': count(*) filter (final <> '' and other_final <> ''),
                'found': count(*) filter (final = other_final and final <> ''),
                'similarity': null
            },
            {
                'measure': 'rejected_answers',
                'rows': count(*) filter (rejected is not null and other_answer is not null),
                'found': count(*) filter (rejected = other_answer),
                'similarity': null
            }
        ], recursive := true)
    from compared
    group by dataset_no, other_no
)

select
    *,
    found / nullif(rows, 0) as containment
from measured
where rows > 0
