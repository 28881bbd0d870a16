-- relation: set_signals
-- grain: one row per sample of a dataset whose content has a row of a relation of signals, in order
-- inputs: samples, the stored relation
-- parameter stored: identifier | the relation, kept by content
-- parameter column: identifier | its column that is read
-- parameter of: varchar | the signal
-- parameter at: varchar | its version
-- parameter dataset: varchar | dataset measured
-- column value | what is read; NULL where status says why
select samples.sample_id, s.status, s.detail, s.cut, s.$column as value
from samples
join $stored as s using (content_id)
where samples.dataset = $dataset and s.signal = $of and s.version = $at
order by samples.sample_id
