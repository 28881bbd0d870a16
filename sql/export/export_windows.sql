-- relation: export_windows
-- grain: one row per run of samples of a dataset that are exported together: about so many bytes, in order of sample_id
-- inputs: samples, members (temporary table of the samples to export)
-- parameter dataset: varchar | dataset to cut
-- parameter bytes: bigint | text of a window in bytes; a longer sample is a window of its own
-- column first_id | smallest sample_id of the window
-- column last_id | largest sample_id of the window
-- column rows | samples in the window
-- column system | samples with a system prompt, and so on for the other optional fields
-- column meta | samples with other columns of their source than tools
-- column tools | samples whose source says which tools may be called
with sized as (
    select
        samples.sample_id,
        samples.system is not null as system,
        samples.messages is not null as messages,
        samples.reference_answer is not null as reference_answer,
        samples.rejected_response is not null as rejected_response,
        coalesce(
            len(list_filter(json_keys(samples.meta), lambda name: name not in ('tools', 'functions'))) > 0, false
        ) as meta,
        coalesce(samples.meta -> '$.tools', samples.meta -> '$.functions') is not null as tools,
        200
        + coalesce(strlen(samples.system), 0)
        + coalesce(strlen(samples.instruction), 0)
        + coalesce(strlen(samples.response), 0)
        + coalesce(strlen(samples.messages::varchar), 0)
        + coalesce(strlen(samples.reference_answer), 0)
        + coalesce(strlen(samples.rejected_response), 0)
        + coalesce(strlen(samples.meta::varchar), 0) as size
    from samples
    join members using (sample_id)
    where samples.dataset = $dataset
),

numbered as (
    select
        * exclude (size),
        sum(size) over (order by sample_id rows between unbounded preceding and current row) // $bytes as number
    from sized
)

select
    min(sample_id) as first_id,
    max(sample_id) as last_id,
    count(*) as rows,
    count_if(system) as system,
    count_if(messages) as messages,
    count_if(reference_answer) as reference_answer,
    count_if(rejected_response) as rejected_response,
    count_if(meta) as meta,
    count_if(tools) as tools
from numbered
group by number
order by first_id
