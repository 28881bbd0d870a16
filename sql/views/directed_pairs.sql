-- relation: directed_pairs
-- grain: one row per pair of datasets that share enough to be related: which is the child, and by which rule
-- inputs: dataset_pairs, datasets, dataset_redundancy
-- column direction | the rule that says which is the child
-- column certainty | how sure that rule is, 0 to 1
-- column mine | what the child shares with the parent: its row of dataset_pairs
-- column theirs | what the parent shares with the child
-- column mixed | whether the child is nearly all in others, and in no single one of them
-- Enough: a tenth of the prompts of one (ten at least), or a fifth of its word runs (ten at least); of a benchmark in
-- a training set three prompts that are half a percent of it.
with covered as (
    select
        dataset,
        max(prompts) as most
    from dataset_pairs
    group by dataset
),

facts as (
    select
        datasets.*,
        string_split_regex(lower(datasets.dataset), '[^a-z0-9]+') as words,
        coalesce(alone.elsewhere / nullif(alone.rows, 0), 0) as elsewhere,
        coalesce(alone.parts / nullif(alone.rows, 0), 0) as parts,
        coalesce(alone.wide / nullif(alone.rows, 0), 0) as wide,
        -- Nearly all of it is in others, and in no single one of them.
        coalesce(alone.elsewhere >= 0.8 * alone.rows and covered.most <= 0.9 * alone.elsewhere / nullif(alone.rows, 0), false) as mixed
    from datasets
    left join dataset_redundancy as alone on alone.dataset = datasets.dataset and alone.measure = 'letters'
    left join covered on covered.dataset = datasets.dataset
),

sides as (
    select mine, theirs, child, parent
    from dataset_pairs as mine
    join dataset_pairs as theirs on theirs.dataset = mine.other and theirs.other = mine.dataset
    join facts as child on child.dataset = mine.dataset
    join facts as parent on parent.dataset = mine.other
    where
        greatest(mine.prompts, theirs.prompts) >= 0.1 and greatest(mine.prompt_rows, theirs.prompt_rows) >= 10
        or greatest(mine.runs, theirs.runs) >= 0.2 and mine.runs_shared >= 10
        or child.kind <> parent.kind and if(child.kind = 'benchmark', mine.prompts >= 0.005 and mine.prompt_rows >= 3,
            theirs.prompts >= 0.005 and theirs.prompt_rows >= 3)
),

rules as (
    select
        *,
        unnest([
            {'rule': 1, 'holds': list_contains(child.parents, parent.dataset), 'direction': 'declared', 'certainty': 1},
            {'rule': 2, 'holds': child.kind = 'train' and parent.kind = 'benchmark', 'direction': 'benchmark', 'certainty': 1},
            {'rule': 3, 'holds': child.released > parent.released, 'direction': 'released later', 'certainty': 0.95},
            -- Nearly all of the child is in smaller datasets that it holds; or in several, of which it took some.
            {'rule': 4, 'holds': child.parts >= 0.8 and mine.prompts < 0.95 and theirs.prompts >= 0.5
                and child.rows > parent.rows or child.mixed and not parent.mixed and mine.prompts >= 0.05,
                'direction': 'made of parts', 'certainty': 0.9},
            {'rule': 5, 'holds': child.wide >= 0.4 and parent.wide <= 0.05, 'direction': 'other letters', 'certainty': 0.8},
            {'rule': 6, 'holds': mine.prompts > theirs.prompts + 0.1, 'direction': 'contained', 'certainty': 0.9},
            {'rule': 7, 'holds': mine.rows_per_run >= 1.5 * theirs.rows_per_run, 'direction': 'several rows for one',
                'certainty': 0.8},
            {'rule': 8, 'holds': theirs.runs > mine.runs + 0.1
                and abs(child.rows - parent.rows) <= 0.05 * parent.rows, 'direction': 'text added', 'certainty': 0.7},
            {'rule': 9, 'holds': mine.runs > theirs.runs + 0.1, 'direction': 'contained in part', 'certainty': 0.7},
            {'rule': 10, 'holds': parent.elsewhere > child.elsewhere + 0.1, 'direction': 'copied less', 'certainty': 0.6},
            {'rule': 11, 'holds': len(list_intersect(child.words, parent.words)) = len(parent.words)
                and len(child.words) > len(parent.words), 'direction': 'named after it', 'certainty': 0.55},
            {'rule': 12, 'holds': child.dataset_no > parent.dataset_no, 'direction': 'came later', 'certainty': 0.5}
        ], recursive := true)
    from sides
)

select
    child.dataset as child,
    parent.dataset as parent,
    direction,
    certainty::double as certainty,
    mine,
    theirs,
    child.mixed as mixed
from rules
where holds
qualify row_number() over (
    partition by least(child.dataset, parent.dataset), greatest(child.dataset, parent.dataset) order by rule
) = 1
