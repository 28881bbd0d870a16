-- relation: changed_parts
-- grain: one row per relation that changed after a snapshot, and per partition where it has partitions
-- inputs: the tables of DuckLake's catalogue, lake.snapshots()
-- parameter since: bigint | the snapshot looked at last
-- parameter own: varchar | what commits say that are known without looking; empty for none
-- column part | the dataset, axis or slice of a partition; NULL for the rest
with others as (
    select snapshot_id
    from lake.snapshots()
    where
        snapshot_id > $since
        and ($own = '' or coalesce(commit_extra_info, '') not like concat('%"dagster": "', $own, '"%'))
        -- Files that were only brought together hold what they held.
        and not (changes::varchar like '%merge_adjacent%' or changes::varchar like '%compact%')
),

files as (
    select table_id, data_file_id
    from __ducklake_metadata_lake.ducklake_data_file
    where begin_snapshot in (from others) or end_snapshot in (from others)
    union
    select table_id, data_file_id
    from __ducklake_metadata_lake.ducklake_delete_file
    where begin_snapshot in (from others)
)

select distinct
    tables.table_name as relation,
    parts.partition_value as part
from files
join (
    select distinct table_id, table_name
    from __ducklake_metadata_lake.ducklake_table
) as tables using (table_id)
left join __ducklake_metadata_lake.ducklake_file_partition_value as parts using (data_file_id)
order by all
