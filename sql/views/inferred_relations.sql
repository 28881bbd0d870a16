-- relation: inferred_relations
-- grain: one row per pair of related datasets: the child, the parent and what was done
-- inputs: directed_pairs, datasets
-- column relation | benchmark_contamination, mixture, inclusion, refinement, distillation, augmentation, shared_source
-- column confidence | certainty of the direction times how much is shared
-- column strength | the largest share that one has of the other, of prompts or of word runs
-- column prompts | share of the child's prompts that the parent has; parent_prompts the other way round
-- column kept | of prompts that both have: share of the parent's answer that stands in the child's
with shares as (
    select
        *,
        mine.prompts as prompts,
        theirs.prompts as parent_prompts,
        greatest(mine.prompts, theirs.prompts) as most_prompts,
        greatest(mine.runs, theirs.runs) as most_runs,
        theirs.kept as kept
    from directed_pairs
)

select
    child,
    parent,
    case
        when direction = 'benchmark' then 'benchmark_contamination'
        when direction = 'made of parts' or mixed and prompts >= 0.05 then 'mixture'
        when direction = 'other letters' and greatest(prompts, parent_prompts) < 0.5 then 'augmentation'
        when prompts >= 0.5 and mine.rejected_answers >= 0.3 then 'refinement'
        when prompts >= 0.5 and mine.answers >= 0.8 then 'inclusion'
        -- The same answers, cut to their ends in one of the two: nothing was answered anew.
        when prompts >= 0.5 and mine.final_answers >= 0.8 and coalesce(greatest(mine.kept, kept), 0) <= 0.1 then 'inclusion'
        when prompts >= 0.5 and kept >= 0.3 then 'refinement'
        when prompts >= 0.5 and kept is not null then 'distillation'
        when prompts >= 0.5 then 'inclusion'
        when most_runs >= 0.2 and most_prompts < 0.5 * most_runs then 'augmentation'
        else 'shared_source'
    end as relation,
    round(certainty * least(1, 0.5 + greatest(most_prompts, most_runs) / 2), 2) as confidence,
    direction,
    greatest(most_prompts, most_runs) as strength,
    prompts,
    parent_prompts,
    mine.prompt_rows as prompt_rows,
    theirs.prompt_rows as parent_prompt_rows,
    mine.runs as runs,
    theirs.runs as parent_runs,
    mine.content as content,
    mine.answers as answers,
    mine.final_answers as final_answers,
    mine.rejected_answers as rejected_answers,
    kept
from shares
