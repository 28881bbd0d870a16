-- relation: current_files
-- grain: one row per data file of the current snapshot
-- inputs: the tables of DuckLake's catalogue
-- column table_name | table it belongs to
-- column has_deletions | whether some of its rows are deleted
-- column part | files that may become one: of one partition and one version of the table's columns
-- column mergeable | whether it is short of the size DuckLake merges to, and none of its rows are deleted
select
    files.data_file_id,
    hash(
        files.table_id,
        files.partition_id,
        (
            select max(versions.begin_snapshot)
            from __ducklake_metadata_lake.ducklake_schema_versions as versions
            where versions.table_id = files.table_id and versions.begin_snapshot <= files.begin_snapshot
        ),
        parts.partition_values
    ) as part,
    files.file_size_bytes as bytes,
    files.file_size_bytes < 512e6 and deletions.data_file_id is null as mergeable,
    tables.table_name,
    deletions.data_file_id is not null as has_deletions
from __ducklake_metadata_lake.ducklake_data_file as files
join (
    select table_id, table_name
    from __ducklake_metadata_lake.ducklake_table
    where end_snapshot is null
) as tables using (table_id)
left join (
    select data_file_id, list(partition_value order by partition_key_index) as partition_values
    from __ducklake_metadata_lake.ducklake_file_partition_value
    group by data_file_id
) as parts using (data_file_id)
left join (
    select distinct data_file_id
    from __ducklake_metadata_lake.ducklake_delete_file
    where end_snapshot is null
) as deletions using (data_file_id)
where files.end_snapshot is null
