-- relation: miscounted_slices
-- grain: one row for the slice when its members are repeated or not as many as its description says
-- inputs: slices, slice_members
-- audits: slices
-- blocking: true
-- parameter slice: varchar | slice audited
with counted as (
    select
        count(*) as members,
        count(distinct sample_id) as samples
    from slice_members
    where slice = $slice
)

select
    $slice as slice,
    slices.rows as rows_described,
    counted.members,
    counted.samples
from counted
left join slices on slices.slice = $slice
where slices.rows is distinct from counted.members or counted.members <> counted.samples
