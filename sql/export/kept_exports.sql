-- relation: kept_exports
-- grain: one row per folder that a slice or dataset was exported to last and can be exported to again, oldest first
-- inputs: exports
-- parameter kind: varchar | slice or dataset
-- parameter subject: varchar | its name
-- column folder | where it was written
-- column choices | what was chosen besides; an export of a step for itself, or older than these, has none and is no row
-- column subject_hash | what it was
select path as folder, format, choices::varchar as choices, subject_hash, created
from (
    select *, row_number() over (partition by path order by created desc) as age
    from exports
    where subject = $subject and coalesce(kind, $kind) = $kind
)
where age = 1 and choices is not null
order by created, folder
