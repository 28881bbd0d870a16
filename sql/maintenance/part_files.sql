-- relation: part_files
-- grain: one row per dataset that has files of its own, and one of NULL for what its table's datasets share
-- inputs: the tables of DuckLake's catalogue, datasets
-- parameter tables: varchar[] | tables whose files are looked at
-- column files | digest of the names of these files and of their deletions; files have names of their own for ever
-- Shared are columns, files that are not of one known dataset, and, where rows lie in the catalogue, the snapshot.
with looked_at as (
    select table_id, table_name
    from __ducklake_metadata_lake.ducklake_table
    where end_snapshot is null and list_contains($tables, table_name)
),
columns as (
    select columns.table_id, columns.column_id, columns.column_name, columns.column_type
    from __ducklake_metadata_lake.ducklake_column as columns
    join looked_at using (table_id)
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
    select parts.dataset, files.path || coalesce(' without ' || deletions.path, '') as name
    from __ducklake_metadata_lake.ducklake_data_file as files
    join looked_at using (table_id)
    left join parts using (data_file_id)
    left join (
        select data_file_id, path from __ducklake_metadata_lake.ducklake_delete_file where end_snapshot is null
    ) as deletions using (data_file_id)
    where files.end_snapshot is null
    union all
    select null, concat_ws(' ', table_id, column_id, column_name, column_type) from columns
    union all
    select null, 'snapshot ' || max(snapshots.snapshot_id)
    from __ducklake_metadata_lake.ducklake_inlined_data_tables as inlined
    join looked_at using (table_id)
    cross join __ducklake_metadata_lake.ducklake_snapshot as snapshots
    having count(*) > 0
)
select dataset, md5(string_agg(name, '\n' order by name)) as files
from named
group by dataset
