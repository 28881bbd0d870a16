-- relation: leaderboard
-- grain: one row per base model, origin, recipe, subject, grouping, level and measure
-- inputs: evaluated_subjects
-- column grouping | catalogue: domains as the catalogue of benchmarks has them; source: as an import counts them
-- column measure | name of a benchmark or domain; overall
-- column score | points: a benchmark is the mean over runs, a domain of its benchmarks, overall of the domains; as a
-- source counts, a domain is the mean over all its numbers, and every mean is rounded to two places
-- column runs | runs with a value; of the benchmark with fewest
-- column benchmarks | benchmarks with a value that the score is made of
-- column expected | benchmarks it should be made of: those of the base model, else of any subject
-- column delta_base | score less that of the base model
-- column delta_instruct | score less that of the instruct model
-- column per_1k_rows | delta_base for each 1,000 samples trained on
-- column per_1m_tokens | delta_base for each million tokens trained on; NULL where they are not known
with averaged as (
    select
        * exclude (benchmark, counts, score, runs),
        avg(score) as of_benchmarks,
        sum(score * runs) / nullif(sum(runs), 0) as of_numbers,
        min(runs) as runs,
        count(score) as benchmarks,
        count(*) as expected
    from evaluated_subjects
    where counts
    group by all
),

domains as (
    select
        * exclude (of_benchmarks, of_numbers),
        if(grouping = 'source', of_numbers, of_benchmarks) as score
    from averaged
),

unrounded as (
    select
        * exclude (domain, benchmark, counts, score, runs),
        'benchmark' as level,
        benchmark as measure,
        score,
        runs,
        (score is not null)::bigint as benchmarks,
        1 as expected
    from evaluated_subjects
    union all by name
    select
        * exclude (domain),
        'domain' as level,
        domain as measure
    from domains
    where domain is not null
    union all by name
    select
        * exclude (domain, score, runs, benchmarks, expected),
        'overall' as level,
        'overall' as measure,
        avg(score) as score,
        min(runs) as runs,
        sum(benchmarks)::bigint as benchmarks,
        sum(expected)::bigint as expected
    from domains
    group by all
),

measures as (
    select * replace (if(grouping = 'source', round(score, 2), score) as score)
    from unrounded
),

given as (
    select
        base,
        origin,
        grouping,
        level,
        measure,
        max(score) filter (role = 'base') as base_score,
        max(score) filter (role = 'instruct') as instruct_score
    from measures
    where role <> 'trained' and benchmarks = expected
    group by all
)

select
    measures.base,
    measures.origin,
    measures.role,
    measures.recipe,
    measures.subject,
    measures.grouping,
    measures.level,
    measures.measure,
    measures.score,
    measures.runs,
    measures.benchmarks,
    measures.expected,
    measures.score - given.base_score as delta_base,
    measures.score - given.instruct_score as delta_instruct,
    measures.rows,
    measures.tokens,
    (measures.score - given.base_score) / nullif(measures.rows / 1000.0, 0) as per_1k_rows,
    (measures.score - given.base_score) / nullif(measures.tokens / 1e6, 0) as per_1m_tokens
from measures
left join given using (base, origin, grouping, level, measure)
