-- relation: held_slices
-- grain: one row per slice, and per slice that was exported
-- inputs: slices, exports
-- parameter slices: varchar[] | slices looked at
-- column family | slices or exports
-- column rows | members, or rows written last
-- column version | equal for equal members, and for equal files
select
    'slices' as family,
    slice as partition,
    rows,
    hash as version
from slices
where list_contains($slices, slice)
union all
select
    'exports',
    exports.subject,
    max_by(exports.rows, exports.created),
    md5(string_agg(distinct concat(exports.format, ' ', exports.manifest_hash), ', ' order by concat(exports.format, ' ', exports.manifest_hash)))
from exports
join slices on slices.slice = exports.subject
where list_contains($slices, exports.subject)
group by exports.subject
order by all
