-- relation: declared_edges
-- grain: one row per child and parent that some document names as its source
-- inputs: claims (temporary: rows of lineage_claims), lineage_reviews
-- column relation | a person's word, else what a model read, else what cues say; `derived` only where nothing else is said
-- column claims | statements that say so
-- column decision | accept, where a person decided on it under this or another name
with accepted as (
    select
        claims.*,
        confidence * certainty as sure,
        lineage_reviews.relation as decided,
        lineage_reviews.decision
    from claims
    left join lineage_reviews
        on lineage_reviews.child = claims.child
        and lineage_reviews.parent in (claims.parent, claims.mention)
        and lineage_reviews.decision = 'accept'
    where outcome = 'edge'
)

select
    child,
    parent,
    coalesce(
        any_value(decided),
        first(relation order by relation = 'derived', starts_with(reader, 'cues'), sure desc, reader, quote nulls last)
    ) as relation,
    any_value(decision) as decision,
    max(sure) as confidence,
    first(quote order by quote is null, starts_with(reader, 'cues'), sure desc, reader, quote) as quote,
    first(place order by quote is null, starts_with(reader, 'cues'), sure desc, reader, quote) as place,
    first(reader order by quote is null, starts_with(reader, 'cues'), sure desc, reader, quote) as reader,
    count(distinct (mention, place, reader, quote)) as claims
from accepted
group by child, parent
