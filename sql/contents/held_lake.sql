-- relation: held_lake
-- grain: one row per asset over all datasets that the lake holds
-- inputs: datasets, contamination, contamination_scans, evaluations, near_duplicates, dedup_runs, dataset_overlaps,
--   overlap_runs, lineage_edges
-- column version | equal for equal facts
select
    'all_samples' as family,
    sum(rows)::bigint as rows,
    md5(string_agg(concat_ws(' ', dataset, kind, fingerprint), ', ' order by dataset)) as version
from datasets
having count(*) > 0
union all
select
    'all_contamination',
    (select count(*) from contamination where verdict = 'contaminated'),
    md5(
        string_agg(
            concat_ws(' ', dataset, benchmark, method, parameters, of_dataset, of_benchmark),
            ', '
            order by dataset, benchmark, method
        )
    )
from contamination_scans
having count(*) > 0
union all
select
    'all_evaluations',
    count(*),
    bit_xor(hash(run, benchmark, metric, repeat, counted, value, status))::varchar
from evaluations
having count(*) > 0
union all
select
    'near_duplicates',
    (select count(*) from near_duplicates),
    md5(string_agg(concat_ws(' ', "view", parameters::varchar, signed::varchar, last_id), ', ' order by "view"))
from dedup_runs
having count(*) > 0
union all
select
    'dataset_overlaps',
    (select count(*) from dataset_overlaps),
    md5(max_by(concat_ws(' ', parameters::varchar, datasets::varchar, near::varchar), created))
from overlap_runs
having count(*) > 0
union all
select
    'dataset_lineage',
    count(*),
    bit_xor(hash(child, parent, relation, verdict, confidence, counted))::varchar
from lineage_edges
having count(*) > 0
order by all
