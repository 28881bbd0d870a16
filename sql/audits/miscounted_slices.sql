-- relation: miscounted_slices
-- grain: one row for the slice when its members are repeated or not as many as its description says
-- inputs: slices, slice_members
-- audits: slices
-- way out: Make the slice again.
-- partition: slice
-- blocking: true
-- parameter slices: varchar[] | slices audited
with members as (
    select
        slice,
        count(*) as members,
        count(distinct sample_id) as samples
    from slice_members
    where list_contains($slices, slice)
    group by slice
),

counted as (
    select
        audited.slice,
        coalesce(members.members, 0) as members,
        coalesce(members.samples, 0) as samples
    from (select unnest($slices) as slice) as audited
    left join members using (slice)
)

select
    counted.slice,
    slices.rows as rows_described,
    counted.members,
    counted.samples
from counted
left join slices using (slice)
where slices.rows is distinct from counted.members or counted.members <> counted.samples
order by counted.slice
