-- relation: answer_parts
-- grain: one row per unordered pair of datasets and prompt that both have, some of them: the part it is compared in
-- inputs: answer_pairs (temporary)
-- parameter most: bigint | prompts of a part, where no pair of datasets has more
-- column part | from 0; all prompts of a pair of datasets are in one part
with sizes as (
    select
        dataset_no,
        other_no,
        count(*) as prompts
    from answer_pairs
    group by all
),

placed as (
    select
        dataset_no,
        other_no,
        (sum(prompts) over (order by dataset_no, other_no) - prompts) // $most as part
    from sizes
)

select
    placed.part::bigint as part,
    answer_pairs.*
from answer_pairs
join placed using (dataset_no, other_no)
