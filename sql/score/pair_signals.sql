-- relation: pair_signals
-- grain: one row per pair of samples that has a row, in the order in which they were asked for
-- inputs: pairs_wanted (registered: place and the hash of both contents), the stored relation
-- parameter stored: identifier | the relation, kept by content
-- parameter column: identifier | its column that is read
-- parameter of: varchar | the signal
-- parameter at: varchar | its version
-- column value | what is read; NULL where status says why
select w.place, s.status, s.detail, s.cut, s.$column as value
from pairs_wanted as w
join $stored as s on s.content_id = w.content_id
where s.signal = $of and s.version = $at
order by w.place
