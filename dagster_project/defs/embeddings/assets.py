"""Embeddings: a vector per sample, by the model of the settings."""

import dagster as dg

from dagster_project import metadata
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from pipelines.embed import embed

_FIRST_ROWS = (
    "select samples.row_no, len(e.vector) as dimensions, e.vector[:4] as vector, samples.instruction "
    "from embeddings as e join samples using (sample_id) "
    "where e.dataset = ? and e.model = ? and samples.dataset = e.dataset order by sample_id limit 8"
)


@dg.asset(deps=["samples"], partitions_def=DATASETS, group_name="embeddings", kinds={"model"}, pool="engine-embedding")
def embeddings(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[None]:
    """A vector per sample of a dataset; equal content anywhere in the lake is embedded once."""
    with lake.open() as opened:
        report = embed(opened, datasets=[context.partition_key], progress=LogProgress(context.log))
        (done,) = report.kinds
        preview = metadata.preview(opened.query(_FIRST_ROWS, [context.partition_key, done.kind]))
        return dg.MaterializeResult(metadata=metadata.derived(opened, report, done) | {"preview": preview})
