-- relation: filled_relations
-- grain: one row per stored relation that has rows
-- inputs: the tables of DuckLake's catalogue
select distinct tables.table_name as relation
from __ducklake_metadata_lake.ducklake_data_file as files
join (
    select
        table_id,
        table_name
    from __ducklake_metadata_lake.ducklake_table
    where end_snapshot is null
) as tables using (table_id)
where files.end_snapshot is null
