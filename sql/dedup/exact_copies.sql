-- relation: exact_copies
-- grain: one row per sample whose text occurs in an earlier one, up to case and white space
-- inputs: compared
-- column leader_id | the smallest sample id with this text; it alone is compared with others
with texts as (
    select
        whole,
        min(sample_id) as leader_id
    from compared
    group by whole
    having count(*) > 1
)

select
    compared.sample_id,
    texts.leader_id
from compared
join texts using (whole)
where compared.sample_id <> texts.leader_id
