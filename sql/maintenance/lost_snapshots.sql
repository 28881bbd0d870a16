-- relation: lost_snapshots
-- grain: one row per slice or export whose snapshot is gone, or is among those named
-- inputs: slices, exports, lake.snapshots()
-- parameter expiring: bigint[] | snapshots that are about to go
-- column kind | slice or export
-- column name | name of the slice, or what was exported and the folder it went to
with kept as (
    select snapshot_id from lake.snapshots() where not list_contains($expiring, snapshot_id)
),

pinned as (
    select 'slice' as kind, slice as name, snapshot from slices
    union all
    select 'export' as kind, subject || ' in ' || path as name, snapshot from exports
)

select distinct kind, name, snapshot
from pinned
where snapshot is not null and snapshot not in (select snapshot_id from kept)
order by kind desc, name, snapshot
