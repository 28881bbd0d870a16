-- relation: carried_rows
-- grain: one row per new sample and row that an old sample had which equals it in all that decides such rows
-- inputs: samples, replaced_samples (temporary: the old ones), what they had of a stored derived relation (temporary)
-- parameter replaced: identifier | the latter
-- parameter kind: identifier | its column that says what a row is
-- parameter deciding: identifier[] | columns of samples that decide its rows, content_id among them
-- parameter dataset: varchar | dataset replaced
-- Rows compare as equal where both have NULL in a place.
with had as (
    select distinct sample_id
    from $replaced
),
old as (
    select content_id, row($deciding) as decided, min(sample_id) as sample_id
    from replaced_samples
    semi join had using (sample_id)
    group by all
),
new as (
    select sample_id, content_id, row($deciding) as decided
    from samples
    where dataset = $dataset
)
select new.sample_id, $dataset as dataset, r.* exclude (sample_id, dataset)
from new
join old on new.content_id = old.content_id and new.decided = old.decided
join $replaced as r on r.sample_id = old.sample_id
order by r.$kind, new.sample_id
