-- relation: tables_with_rows
-- grain: one row per table that has files, or rows in the catalogue itself, as older lakes have; the others are empty
-- inputs: the tables of DuckLake's catalogue
-- DuckLake takes a hundred times as long over an empty table: it asks for statistics, a column at a time, in vain.
with held as (
    select table_id from __ducklake_metadata_lake.ducklake_data_file where end_snapshot is null
    union
    select table_id from __ducklake_metadata_lake.ducklake_inlined_data_tables
)

select table_name as "table"
from __ducklake_metadata_lake.ducklake_table
join held using (table_id)
where end_snapshot is null
