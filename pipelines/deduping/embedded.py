"""Near-duplicates in meaning: the embeddings of the lake, compared by their cosine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.catalog import Connection, Lake
from lake.errors import UsageError
from lake.relations import keep
from pipelines.deduping.parameters import EmbeddingComparison
from pipelines.deduping.verify import Pairs
from pipelines.embedding.unit import unit_vectors
from pipelines.progress import Progress
from scorers.collection import Collection
from scorers.sets.directions import directed

Longs = npt.NDArray[np.int64]

_REVISION = """
select
    (select revision from embeddings where model = $model and vector is not null
     group by revision order by count(*) desc, revision limit 1),
    (select count(*) from samples semi join (from datasets where kind = 'train') as training using (dataset)
     where coalesce(instruction, '') <> '' or coalesce(response, '') <> '')
"""


def load_embedded(connection: Connection, model: str) -> tuple[str, int]:
    """Fill the temporary table `compared` with the training samples that have a vector of the model.

    Returns the revision of the model that most have, and how many samples with a text have no vector of it.

    Raises UsageError where no sample has one.
    """
    revision, samples = connection.execute(_REVISION, {"model": model}).fetchone() or (None, 0)
    if revision is None:
        raise UsageError(f"No sample has an embedding of {model}.", hint="Embed them first: oda embed")
    connection.execute("drop view if exists temp.compared")
    keep(connection, "compared", "comparable_embeddings", model=model, revision=revision)
    found = connection.execute("select count(*) from compared").fetchone() or (0,)
    return str(revision), int(samples) - int(found[0])


def similar_pairs(
    lake: Lake, meaning: EmbeddingComparison, revision: str, progress: Progress
) -> tuple[Pairs, int, int]:
    """The pairs of `compared`, exact copies left out, whose cosine reaches the threshold.

    Returns with them how many samples have more neighbours than are kept, and how many vectors have no direction.
    """
    from scorers.sets.similar import similar  # late: numpy's threads are limited there

    ids = sample_ids(lake.connection)
    progress.start("compare", len(ids), "samples")
    with unit_vectors(lake, ids, meaning.model, revision) as vectors:
        collection = Collection(vectors, threads=lake.settings.threads)
        undirected = len(ids) - int(np.count_nonzero(directed(vectors))) if vectors.size else 0
        found = similar(collection, meaning.threshold, most=meaning.most, seed=meaning.seed, advance=progress.advance)
    progress.finish()
    return Pairs(ids[found.left], ids[found.right], found.cosine), found.crowded, undirected


def sample_ids(connection: Connection) -> Longs:
    """The samples of `compared` that are no exact copy, ascending."""
    found = connection.execute(
        "select sample_id from compared anti join copies using (sample_id) order by sample_id"
    ).fetchnumpy()["sample_id"]
    return np.ascontiguousarray(np.asarray(found), dtype=np.int64)
