-- relation: unfounded_near_duplicates
-- grain: one row per near-duplicate without its sample or survivor, whose survivor is excluded itself, or without reason
-- inputs: near_duplicates, samples
-- audits: near_duplicates
-- partition: dataset
-- parameter datasets: varchar[] | datasets audited
with audited as (
    select *
    from near_duplicates
    where list_contains($datasets, dataset)
),

excluded as (
    select
        "view",
        sample_id as survivor_id
    from near_duplicates
)

select
    audited.*,
    case
        when samples.sample_id is null then 'no such sample'
        when survivors.sample_id is null then 'no such survivor'
        when excluded.survivor_id is not null then 'the survivor is excluded'
        else 'the similarity does not fit the reason'
    end as fault
from audited
left join (
    select dataset, sample_id from samples where list_contains($datasets, dataset)
) as samples using (dataset, sample_id)
left join (select sample_id from samples) as survivors on survivors.sample_id = audited.survivor_id
left join excluded using ("view", survivor_id)
where
    samples.sample_id is null
    or survivors.sample_id is null
    or excluded.survivor_id is not null
    or (reason = 'exact') <> (similarity = 1 and reason = 'exact')
    or (reason = 'chain') <> (similarity is null)
