-- relation: held_datasets
-- grain: one row per family of facts and dataset that the lake holds it of, and of axes one per axis and dataset
-- inputs: datasets, scores, scored_axes, dataset_scores, embeddings, contamination_scans, contamination
-- parameter datasets: varchar[] | datasets looked at
-- parameter families: varchar[] | families looked at: samples, scores, scored, dataset_scores, embeddings, contamination
-- column family | which facts: the asset, or the first part of its key
-- column name | axis, for axes
-- column rows | how many there are
-- column version | equal for equal facts: a digest of the source, or of the values and versions of what computed them
-- column complete | whether every sample has its value or its reason
with chosen as (
    select
        dataset,
        fingerprint,
        rows
    from datasets
    where list_contains($datasets, dataset)
),

by_axis as (
    select
        dataset,
        axis,
        scorer_version,
        count(*) as rows,
        bit_xor(hash(sample_id, value, status)) as digest
    from scores
    where list_contains($datasets, dataset)
        and (list_contains($families, 'scores') or list_contains($families, 'scored'))
    group by all
),

axes as (
    select
        dataset,
        axis,
        sum(rows)::bigint as rows,
        string_agg(concat(scorer_version, '=', digest), ' ' order by scorer_version) as versions
    from by_axis
    group by dataset, axis
),

vectors as (
    select
        dataset,
        model,
        revision,
        count(*) as rows
    from embeddings
    where list_contains($datasets, dataset) and list_contains($families, 'embeddings')
    group by all
),

facts as (
    select 'samples' as family, '' as name, dataset, rows, fingerprint as versions from chosen
    union all
    select 'scores', axis, dataset, rows, versions from axes
    union all
    select
        'scored',
        '',
        dataset,
        (select count(*) from scored_axes where scored_axes.dataset = axes.dataset),
        string_agg(concat(axis, ' ', versions), ', ' order by axis)
    from axes
    group by dataset
    union all
    select 'dataset_scores', axis, dataset, n, concat(scorer_version, ' ', fingerprint)
    from dataset_scores
    where list_contains($datasets, dataset)
    union all
    select
        'embeddings',
        '',
        dataset,
        sum(rows)::bigint,
        string_agg(concat(model, '@', revision, '=', rows), ' ' order by model, revision)
    from vectors
    group by dataset
    union all
    select
        'contamination',
        '',
        dataset,
        (
            select count(*)
            from contamination
            where contamination.dataset = scans.dataset and contamination.verdict = 'contaminated'
        ),
        string_agg(
            concat_ws(' ', benchmark, method, parameters, of_dataset, of_benchmark), ', ' order by benchmark, method
        )
    from contamination_scans as scans
    where list_contains($datasets, dataset) and list_contains($families, 'contamination')
    group by dataset
)

select
    facts.family,
    facts.name,
    facts.dataset as partition,
    facts.rows::bigint as rows,
    md5(facts.versions) as version,
    facts.family not in ('scores', 'scored', 'embeddings') or facts.rows >= chosen.rows as complete
from facts
join chosen using (dataset)
where list_contains($families, facts.family)
order by all
