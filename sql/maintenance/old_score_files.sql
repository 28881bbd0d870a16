-- relation: old_score_files
-- grain: one row per dataset with files of scores from when they were partitioned by axis as well
-- inputs: the tables of DuckLake's catalogue
-- column files | such files of the current snapshot
-- column bytes | their size together
with layouts as (
    select partition_id, info.end_snapshot is null as current, column_name, partition_key_index
    from __ducklake_metadata_lake.ducklake_partition_info as info
    join __ducklake_metadata_lake.ducklake_table as tables using (table_id)
    join __ducklake_metadata_lake.ducklake_partition_column using (partition_id)
    join __ducklake_metadata_lake.ducklake_column as columns
        on columns.table_id = info.table_id
        and columns.column_id = ducklake_partition_column.column_id
        and columns.end_snapshot is null
    where tables.table_name = 'scores' and tables.end_snapshot is null
)
select
    parts.partition_value as dataset,
    count(*) as files,
    sum(files.file_size_bytes)::bigint as bytes
from __ducklake_metadata_lake.ducklake_data_file as files
join layouts on layouts.partition_id = files.partition_id and layouts.column_name = 'dataset' and not layouts.current
join __ducklake_metadata_lake.ducklake_file_partition_value as parts
    on parts.data_file_id = files.data_file_id and parts.partition_key_index = layouts.partition_key_index
where files.end_snapshot is null
group by parts.partition_value
order by dataset
