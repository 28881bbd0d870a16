-- relation: made_meanwhile
-- grain: one row per content of which another writer made wanted rows
-- inputs: standing (temporary: standing_rows)
-- column mask | bit i is set where kind i is there in the wanted version
select key, bit_or(1::bigint << position) as mask
from standing
where wanted
group by key
