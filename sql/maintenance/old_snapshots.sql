-- relation: old_snapshots
-- grain: one row per snapshot older than an interval, never the current one
-- inputs: lake.snapshots()
-- parameter age: varchar | interval, e.g. 12 hours
select snapshot_id
from lake.snapshots()
where snapshot_time < now() - cast($age as interval) and snapshot_id < (select max(snapshot_id) from lake.snapshots())
order by snapshot_id
