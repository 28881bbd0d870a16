-- relation: set_signal_count
-- grain: one row: how many samples of a dataset have a row of a relation of signals
-- inputs: samples, the stored relation
-- parameter stored: identifier | the relation, kept by content
-- parameter of: varchar | the signal
-- parameter at: varchar | its version
-- parameter dataset: varchar | dataset measured
select count(*) as n
from samples
join $stored as s using (content_id)
where samples.dataset = $dataset and s.signal = $of and s.version = $at
