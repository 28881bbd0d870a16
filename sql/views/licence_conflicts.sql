-- relation: licence_conflicts
-- grain: one row per dataset, ancestor and term that the ancestor's licence asks for and the dataset's does not
-- inputs: licence_inheritance, lineage_nodes, lineage_edges
-- column evidence | the verdict on the edge through which it comes first
-- column problem | what is wrong, as a sentence
-- Attribution alone is no conflict; a dataset whose licence is not stated or not understood says nothing to the contrary
-- but has what it inherits to be told.
select
    inherited.dataset,
    inherited.license,
    inherited.ancestor,
    inherited.ancestor_license,
    inherited.term,
    inherited.hops,
    edge.verdict as evidence,
    coalesce(inherited.license, 'no licence') || ' over '
        || inherited.ancestor || ' (' || inherited.ancestor_license || '), '
        || case inherited.term
            when 'non_commercial' then 'which is for non-commercial use'
            when 'share_alike' then 'whose licence has to stay the same'
            else 'of which nothing may be derived'
        end as problem
from licence_inheritance as inherited
join lineage_nodes as mine on mine.dataset = inherited.dataset
join lineage_ancestors as ancestors
    on ancestors.dataset = inherited.dataset and ancestors.ancestor = inherited.ancestor
join lineage_edges as edge on edge.child = inherited.dataset and edge.parent = ancestors.toward
where
    mine.inside
    and inherited.term <> 'attribution'
    and (not inherited.stated or inherited.term = 'no_derivatives')
