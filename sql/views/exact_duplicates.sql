-- relation: exact_duplicates
-- grain: one row per sample whose content occurs more than once in the lake
-- inputs: samples
-- column sample_id | the sample
-- column survivor_id | the smallest sample id with this content, kept by convention
-- column copies | samples with this content
-- column copy_no | 1 for the survivor, then 2, 3, …
-- column datasets | datasets this content occurs in
with copies_of_content as (
    select
        content_id,
        count(*) as copies,
        min(sample_id) as survivor_id,
        count(distinct dataset) as datasets
    from samples
    group by content_id
    having count(*) > 1
)
select
    samples.sample_id,
    samples.dataset,
    samples.content_id,
    copies_of_content.survivor_id,
    copies_of_content.copies,
    row_number() over (partition by samples.content_id order by samples.sample_id) as copy_no,
    copies_of_content.datasets
from samples
join copies_of_content using (content_id)
