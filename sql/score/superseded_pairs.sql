-- relation: superseded_pairs
-- grain: one row per row of a signal, of whatever version, that pairs of samples have and that is about to be replaced
-- inputs: pairs_wanted (registered: place and the hash of both contents), the stored relation
-- parameter stored: identifier | the relation, kept by content
-- parameter of: varchar | the signal
select distinct s.content_id as key, s.signal as kind, s.version as version
from $stored as s
join pairs_wanted as w on w.content_id = s.content_id
where s.signal = $of
