-- relation: part_files
-- grain: one row per table and dataset that has files of its own in it, and one of NULL for what its datasets share
-- inputs: the tables of DuckLake's catalogue, datasets
-- column files | digest of the names of these files and of their deletions; files have names of their own for ever
-- Shared are columns, files that are not of one known dataset, and, where rows lie in the catalogue, the snapshot.
with tables as (
    select table_id, table_name
    from __ducklake_metadata_lake.ducklake_table
    where end_snapshot is null
),
columns as (
    select columns.table_id, columns.column_id, columns.column_name, columns.column_type
    from __ducklake_metadata_lake.ducklake_column as columns
    where columns.end_snapshot is null
),
parts as (
    select parts.data_file_id, parts.partition_value as dataset
    from __ducklake_metadata_lake.ducklake_file_partition_value as parts
    join __ducklake_metadata_lake.ducklake_data_file as files using (data_file_id)
    join __ducklake_metadata_lake.ducklake_partition_column as keys
        on keys.partition_id = files.partition_id and keys.partition_key_index = parts.partition_key_index
    join columns on columns.table_id = files.table_id and columns.column_id = keys.column_id
    where columns.column_name = 'dataset' and parts.partition_value in (select dataset from datasets)
),
named as (
    select files.table_id, parts.dataset, files.path || coalesce(' without ' || deletions.path, '') as name
    from __ducklake_metadata_lake.ducklake_data_file as files
    left join parts using (data_file_id)
    left join (
        select data_file_id, path from __ducklake_metadata_lake.ducklake_delete_file where end_snapshot is null
    ) as deletions using (data_file_id)
    where files.end_snapshot is null
    union all
    select table_id, null, concat_ws(' ', table_id, column_id, column_name, column_type) from columns
    union all
    select inlined.table_id, null, 'snapshot ' || max(snapshots.snapshot_id)
    from __ducklake_metadata_lake.ducklake_inlined_data_tables as inlined
    cross join __ducklake_metadata_lake.ducklake_snapshot as snapshots
    group by inlined.table_id
)
select table_name as "table", dataset, md5(string_agg(name, '\n' order by name)) as files
from named
join tables using (table_id)
group by table_name, dataset
