-- relation: licence_inheritance
-- grain: one row per dataset, ancestor and term that the ancestor's licence asks for
-- inputs: lineage_ancestors, lineage_nodes
-- column hops | edges between both
-- column stated | whether the licence of the dataset asks for it too
select
    ancestors.dataset,
    mine.license,
    ancestors.ancestor,
    theirs.license as ancestor_license,
    term.term,
    ancestors.hops,
    list_contains(mine.terms, term.term) as stated
from lineage_ancestors as ancestors
join lineage_nodes as mine on mine.dataset = ancestors.dataset
join lineage_nodes as theirs on theirs.dataset = ancestors.ancestor
join lateral (select unnest(theirs.terms) as term) as term on true
where term.term not in ('unstated', 'unknown')
