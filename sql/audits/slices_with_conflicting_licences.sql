-- relation: slices_with_conflicting_licences
-- grain: one row per dataset of a slice whose licence allows what that of a dataset it comes from does not
-- audits: slices
-- partition: slice
-- severity: warn
-- inputs: slice_licences, licence_conflicts
-- parameter slices: varchar[] | slices audited
select
    slice_licences.slice,
    slice_licences.dataset,
    slice_licences.rows,
    conflicts.ancestor,
    conflicts.term,
    conflicts.evidence,
    conflicts.problem
from slice_licences
join licence_conflicts as conflicts on conflicts.dataset = slice_licences.dataset
where list_contains($slices, slice_licences.slice)
