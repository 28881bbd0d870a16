-- relation: pending_digest
-- grain: one row: how much is pending, and a digest that another sample, content or kind would change
-- inputs: the rows of pending_rows, kept as a temporary table
-- parameter rows: identifier | that table
-- parameter low: bigint = 0 | smallest sample id of the range
-- parameter high: bigint = 9223372036854775807 | largest sample id of the range
-- A hash of several columns is linear in them: rows that swap contents would cancel. Hashing it again mixes them.
select
    count(*) as n,
    bit_xor(hash(hash(sample_id, content_id, mask))) as digest
from $rows
where sample_id between $low and $high
