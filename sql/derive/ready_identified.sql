-- relation: ready_identified
-- grain: one row per sample that does not wait for an input
-- inputs: identified (temporary: identified_samples), samples that are ready (temporary)
-- parameter rows: identifier | the latter
-- column content_id | tells which samples have equal rows
select identified.sample_id, identified.dataset, identified.content_id
from identified
semi join $rows as r on r.sample_id = identified.sample_id
