-- relation: conflicting_licences
-- grain: one row per dataset whose licence allows what that of a dataset it comes from does not
-- audits: dataset_lineage
-- severity: warn
-- inputs: licence_conflicts
select
    dataset,
    ancestor,
    term,
    evidence,
    problem
from licence_conflicts
