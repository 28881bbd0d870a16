-- relation: lineage_review
-- grain: one row per child and parent that a person is asked about, with the surest statement
-- inputs: lineage_claims, lineage_edges
-- column statements | statements that name it
-- column measured | what the overlap of both looks like, where it was measured
with asked as (
    select *, confidence * certainty as sure
    from lineage_claims as claims
    where
        outcome = 'review'
        and not exists (
            from lineage_claims as others
            where others.child = claims.child and others.parent = claims.parent and others.outcome = 'edge'
        )
)

select
    asked.child,
    asked.parent,
    first(asked.mention order by sure desc, asked.mention) as mention,
    first(asked.relation order by sure desc, asked.mention) as relation,
    max(sure) as confidence,
    first(asked.reason order by sure desc, asked.mention) as reason,
    first(asked.quote order by sure desc, asked.mention) as quote,
    first(asked.place order by sure desc, asked.mention) as place,
    count(*) as statements,
    any_value(edges.measured_relation) as measured
from asked
left join lineage_edges as edges on edges.child = asked.child and edges.parent = asked.parent
group by asked.child, asked.parent
