-- relation: answers_of_judge
-- grain: one row per sample of whose content a judgement has an answer
-- inputs: samples, judgements
-- parameter of: varchar | the judgement
-- parameter at: varchar | its version
-- column answer | what the judge said, as JSON
select samples.sample_id, j.answer::varchar as answer
from samples
join judgements as j using (content_id)
where j.judgement = $of and j.version = $at and j.answer is not null
order by samples.sample_id
