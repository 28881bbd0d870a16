-- relation: unused_contents
-- grain: one row per content of a relation kept by content that no sample and no member of a slice has
-- inputs: samples, slice_members, the relation
-- parameter stored: identifier | the relation
-- column n | its rows of this content
select s.content_id, count(*) as n
from $stored as s
where s.content_id not in (select content_id from samples where content_id is not null)
    and s.content_id not in (select content_id from slice_members where content_id is not null)
group by s.content_id
