-- relation: judged_edges
-- grain: one row per child and parent: documents and measurement together, and the verdict
-- inputs: declared_edges, measured (temporary: measured_relations), shares (temporary: dataset_pairs), dataset_redundancy,
--   lineage_reviews
-- A document knows better than shares which of two is the child, so a pair that was measured the other way round is
-- turned; a source released later than what is said to come from it was refused before.
with turned as (
    select child, parent, relation, confidence, direction, via, prompts, parent_prompts, prompt_rows, runs, answers
    from measured
    where not exists (
        from declared_edges where declared_edges.child = measured.parent and declared_edges.parent = measured.child
    )
    union all by name
    select
        parent as child, child as parent, relation, confidence, 'declared' as direction, via,
        parent_prompts as prompts, measured.prompts as parent_prompts, theirs.prompt_rows, theirs.runs, theirs.answers
    from measured
    join shares as theirs on theirs.dataset = measured.parent and theirs.other = measured.child
    where exists (
        from declared_edges where declared_edges.child = measured.parent and declared_edges.parent = measured.child
    )
),

pairs as (
    select
        coalesce(declared.child, shared.child) as child,
        coalesce(declared.parent, shared.parent) as parent,
        declared.relation as declared_relation,
        declared.confidence as declared_confidence,
        quote, place, reader, claims,
        declared.decision,
        shared.relation as measured_relation,
        shared.confidence as measured_confidence,
        direction, via, prompts, parent_prompts, prompt_rows, runs, answers
    from declared_edges as declared
    full join turned as shared on shared.child = declared.child and shared.parent = declared.parent
    -- Neither of two that only share something is the parent of the other, unless a document says so.
    where declared.child is not null or shared.relation <> 'shared_source'
),

-- What both have, where they were compared and nothing is left to be related by.
compared as (
    select
        pairs.* replace (coalesce(lineage_reviews.decision, pairs.decision) as decision),
        mine.dataset is not null and theirs.dataset is not null as compared,
        greatest(coalesce(pair.prompts, 0), coalesce(pair.runs, 0)) as has,
        greatest(coalesce(back.prompts, 0), coalesce(back.runs, 0)) as given
    from pairs
    left join dataset_redundancy as mine on mine.dataset = pairs.child and mine.measure = 'letters'
    left join dataset_redundancy as theirs on theirs.dataset = pairs.parent and theirs.measure = 'letters'
    left join shares as pair on pair.dataset = pairs.child and pair.other = pairs.parent
    left join shares as back on back.dataset = pairs.parent and back.other = pairs.child
    left join lineage_reviews on lineage_reviews.child = pairs.child and lineage_reviews.parent = pairs.parent
)

select
    * exclude (compared, has, given, via),
    case
        when measured_relation = 'benchmark_contamination' then measured_relation
        when declared_relation <> 'derived' then declared_relation
        else coalesce(nullif(measured_relation, 'shared_source'), declared_relation)
    end as relation,
    case
        when declared_relation is null and decision is distinct from 'accept' then 'measured only'
        when measured_relation is not null then 'confirmed'
        when compared and declared_relation in ('inclusion', 'refinement', 'distillation', 'repackaging') and has < 0.1
            then 'contradicted'
        when compared and declared_relation = 'mixture' and greatest(has, given) < 0.05 then 'contradicted'
        else 'declared only'
    end as verdict,
    greatest(coalesce(declared_confidence, 0), coalesce(measured_confidence, 0)) as confidence,
    via as measured_via,
    case
        when decision = 'reject' then 'rejected by a person'
        when verdict = 'contradicted'
            then printf('%s is declared, but %.1f %% of its prompts are in the parent', declared_relation, 100 * has)
    end as reason
from compared
