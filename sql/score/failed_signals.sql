-- relation: failed_signals
-- grain: one row: how many rows of a relation of signals say that they failed
-- inputs: the stored relation
-- parameter stored: identifier | the relation, kept by content
-- parameter of: varchar | the signal
-- parameter at: varchar | its version
select count(*) as n
from $stored as s
where s.signal = $of and s.version = $at and s.status = 'failed'
