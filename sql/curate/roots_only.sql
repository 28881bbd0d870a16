-- relation: roots_only
-- grain: one row per distinct prompt of the training datasets that come from no other one in the lake
-- inputs: samples, datasets, lineage_nodes, lineage_edges
-- parameter datasets: datasets = * | names of datasets to take from, with * and ?
-- column reason | the root it was taken from, how that is known, and how many of its samples have the prompt
-- The lineage says what comes from what where it was built (oda lineage); elsewhere the declared parents do.
with known as (
    select dataset
    from lineage_nodes
    where inside
),

children as (
    select distinct lineage_edges.child as dataset
    from lineage_edges
    semi join datasets on datasets.dataset = lineage_edges.parent
    where
        lineage_edges.counted
        and lineage_edges.child <> lineage_edges.parent
        and lineage_edges.relation <> 'benchmark_contamination'
),

roots as (
    select
        datasets.dataset,
        if(known.dataset is null, 'declared', 'lineage') as by_what
    from datasets
    left join known on known.dataset = datasets.dataset
    left join children on children.dataset = datasets.dataset
    where
        datasets.kind = 'train'
        and datasets.dataset glob $datasets
        and if(
            known.dataset is null,
            not list_has_any(coalesce(datasets.parents, []), (select list(dataset) from datasets)),
            children.dataset is null
        )
),

firsts as (
    select
        min(samples.sample_id) as sample_id,
        count(*) as alike
    from samples
    semi join roots on roots.dataset = samples.dataset
    group by samples.instruction_id
)

select
    firsts.sample_id,
    'root ' || roots.dataset || ' (' || roots.by_what || ')'
        || case when firsts.alike > 1 then ', ' || firsts.alike::varchar || ' alike' else '' end as reason
from firsts
join samples on samples.sample_id = firsts.sample_id
join roots on roots.dataset = samples.dataset
