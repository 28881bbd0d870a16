-- relation: dataset_pairs
-- grain: one row per ordered pair of datasets that share anything, every measure of overlap a column
-- inputs: dataset_overlaps
-- column content | share of the dataset's rows that the other has with the same content
-- column prompts | share of its rows whose prompt the other has, up to punctuation, case and white space
-- column prompt_rows | how many rows these are
-- column runs | share of the word runs of its prompts that stand in the other's prompts
-- column runs_shared | distinct word runs that both have
-- column rows_per_run | rows of the dataset for each of those
-- column answers | of prompts that both have, the share with the same answer
-- column final_answers | and with the same end of the answer or reference answer
-- column rejected_answers | and where the other's answer is the one that the dataset rejects
-- column kept | share of the dataset's answer, in word runs, that stands in the other's answer
select
    dataset,
    other,
    coalesce(max(containment) filter (measure = 'content'), 0) as content,
    coalesce(max(containment) filter (measure in ('instruction', 'letters')), 0) as prompts,
    coalesce(max(found) filter (measure in ('instruction', 'letters')), 0) as prompt_rows,
    coalesce(max(containment) filter (measure = 'runs'), 0) as runs,
    coalesce(max(keys) filter (measure = 'runs'), 0) as runs_shared,
    max(found / nullif(keys, 0)) filter (measure = 'runs') as rows_per_run,
    max(containment) filter (measure = 'answers') as answers,
    max(containment) filter (measure = 'final_answers') as final_answers,
    max(containment) filter (measure = 'rejected_answers') as rejected_answers,
    max(similarity) filter (measure = 'answers') as kept
from dataset_overlaps
group by dataset, other
