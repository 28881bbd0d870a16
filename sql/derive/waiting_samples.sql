-- relation: waiting_samples
-- grain: one row per dataset with samples that wait for an input
-- inputs: samples, samples that are ready (temporary)
-- parameter rows: identifier | those that are ready
-- column waiting | how many wait
select samples.dataset, count(*) as waiting
from samples
anti join $rows as r on r.sample_id = samples.sample_id
group by samples.dataset
