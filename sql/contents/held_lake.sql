-- relation: held_lake
-- grain: one row per asset over all datasets that the lake holds
-- inputs: near_duplicates, dedup_runs, dataset_overlaps, overlap_runs, lineage_edges, evaluations
-- column version | equal for equal facts
select
    'near_duplicates' as family,
    (select count(*) from near_duplicates) as rows,
    md5(string_agg(concat_ws(' ', "view", parameters::varchar, signed::varchar, last_id), ', ' order by "view")) as version
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
