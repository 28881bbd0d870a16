-- relation: paired_answers
-- grain: one row per content that two judgements have an answer of
-- inputs: judgements
-- parameter one: varchar | the first judgement
-- parameter one_version: varchar | its version
-- parameter other: varchar | the second judgement
-- parameter other_version: varchar | its version
select a.answer::varchar as first_answer, b.answer::varchar as second_answer
from judgements as a
join judgements as b using (content_id)
where a.judgement = $one
    and a.version = $one_version
    and b.judgement = $other
    and b.version = $other_version
    and a.answer is not null
    and b.answer is not null
order by content_id
