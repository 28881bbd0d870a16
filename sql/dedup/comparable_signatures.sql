-- relation: comparable_signatures
-- grain: one row per signature of a view and parameters of a training dataset whose text is not empty
-- inputs: datasets, signatures
-- parameter view: varchar | text compared
-- parameter parameters: varchar | hash of the parameters of signing
select
    signatures.*,
    shingles as size
from signatures
semi join (select dataset from datasets where kind = 'train') as training using (dataset)
where "view" = $view and parameters = $parameters and whole is not null
