-- relation: answer_pairs
-- grain: one row per unordered pair of datasets and prompt that both have, some of them
-- inputs: keys (temporary: letters_keys)
-- parameter most: bigint = 200 | prompts looked at per pair of datasets
-- column sample_id | a sample of the dataset with this prompt
-- column other_id | a sample of the other with it
-- column place | the hash of the prompt: those of the least are looked at
with shared as (
    select
        key,
        bit_xor(hash(dataset_no)) as members
    from keys
    group by key
    having count(*) > 1
),

-- The prompts of the smallest hashes of a pair are among those of the sets of datasets that it is in.
chosen as (
    select key
    from shared
    qualify row_number() over (partition by members order by hash(key)) <= $most
)

select
    mine.dataset_no,
    theirs.dataset_no as other_no,
    mine.sample_id,
    theirs.sample_id as other_id,
    hash(key) as place
from keys as mine
join chosen using (key)
join keys as theirs using (key)
where mine.dataset_no < theirs.dataset_no
qualify row_number() over (partition by mine.dataset_no, theirs.dataset_no order by place) <= $most
