"""Training and evaluation of slices, and the leaderboard that follows."""

from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project.conventions import with_code
from dagster_project.metadata import metadata
from dagster_project.partitions import TRAINED_SLICES
from dagster_project.programs import through_pipes
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from lake.errors import UsageError
from lake.kinds import OrEmpty
from lake.values import COUNT, EVALUATIONS, EVALUATOR, PARAMETER
from pipelines.at_hand import no_program
from pipelines.evaluate import evaluate
from pipelines.telling.arena import of_evaluations, of_findings, of_leaderboard, of_trainings
from pipelines.train import train

SEPARATOR = " from "
_BENCHMARKS = "select dataset from datasets where kind = 'benchmark' order by dataset"


class TrainConfig(dg.Config):
    """How often to train."""

    seeds: list[int] = Field([42], description="one training each; seeds that are trained already are not repeated")
    settings: dict[str, str] = Field({}, description="settings other than the recipe's, which make another run")
    allow_benchmarks: bool = Field(
        False, description="train on slices that hold benchmark items, which is refused otherwise"
    )


class EvaluateConfig(dg.Config):
    """What to evaluate."""

    benchmarks: list[str] = Field(
        [],
        description="names of benchmarks, or of datasets of the lake that are benchmarks (default: all of the latter)",
    )
    engine: Annotated[str, EVALUATOR] = Field("hf", description="hf (transformers) or vllm")
    decoding: Annotated[str, OrEmpty(PARAMETER)] = Field(
        "",
        description="settings of generation, such as do_sample=true,temperature=0.6 (default: as the benchmark says)",
    )
    repeats: Annotated[int | None, EVALUATIONS] = Field(
        None, description="evaluations of each, where answers are drawn; their mean counts (default: as it says)"
    )
    allow_code: bool = Field(False, description="benchmarks that run what a model wrote, in the sandbox")
    longest: Annotated[int, COUNT] = Field(1024, description="tokens of an answer to a dataset of the lake")

    def options(self) -> dict[str, Any]:
        """As `pipelines.evaluate.evaluate` takes them."""
        return {
            "engine": self.engine,
            "decoding": self.decoding or None,
            "repeats": self.repeats,
            "allow_code": self.allow_code,
            "longest": self.longest,
        }


@dg.definitions
def defs() -> dg.Definitions:
    """Trainings and evaluations where their programs are installed; else the assets only say what they lack."""
    made = [
        with_code(asset) if not (why := no_program(package, extra)) else _absent(with_code(asset), why)
        for asset, package, extra in ((trainings, "trl", "train"), (evaluations, "lm_eval", "evaluate"))
    ]
    return dg.Definitions(assets=[*made, with_code(leaderboard), with_code(findings)])


def _absent(asset: dg.AssetsDefinition, why: str) -> dg.AssetSpec:
    spec = asset.get_asset_spec()
    said = f"Not made here: needs {why}.\n\n{spec.description}"
    return spec.replace_attributes(description=said, group_name="not_here", deps=[])


@dg.asset(deps=["slices"], partitions_def=TRAINED_SLICES, group_name="arena", kinds={"pytorch"}, pool="accelerator")
def trainings(context: dg.AssetExecutionContext, config: TrainConfig, lake: LakeResource) -> dg.MaterializeResult[None]:
    """A slice trained by a recipe from a base model, with every seed; the program reports its loss through Pipes."""
    subject, recipe, base = _training(context.partition_key)
    changed = {name: _value(text) for name, text in config.settings.items()}
    with lake.open() as opened:
        reports = [
            train(
                opened,
                subject,
                recipe=recipe,
                base=base,
                seed=seed,
                changed=changed,
                launch=through_pipes(context),
                allow_benchmarks=config.allow_benchmarks,
                progress=LogProgress(context.log),
            )
            for seed in config.seeds
        ]
        return dg.MaterializeResult(metadata=metadata(of_trainings(opened, reports)))


@dg.asset(deps=["trainings"], partitions_def=TRAINED_SLICES, group_name="arena", kinds={"pytorch"}, pool="accelerator")
def evaluations(
    context: dg.AssetExecutionContext, config: EvaluateConfig, lake: LakeResource
) -> dg.MaterializeResult[None]:
    """Every model trained on a slice by a recipe, and its base model, on benchmarks: a program each, told by task."""
    subject, recipe, base = _training(context.partition_key)
    with lake.open() as opened:
        runs = opened.rows(
            "select run, settings->>'template' from training_runs where subject = ? and recipe = ? and base = ? and "
            "origin = 'lake' and status = 'finished' order by seed",
            [subject, recipe, base],
        )
        if not runs:
            raise UsageError(f"{subject} was not trained by {recipe} from {base} yet.", hint="Materialise trainings.")
        benchmarks = config.benchmarks or [
            str(name)
            for (name,) in opened.rows("select dataset from datasets where kind = 'benchmark' order by dataset")
        ]
        if not benchmarks:
            raise UsageError("There is no benchmark in the lake.", hint="Name `benchmarks` in the run's config.")
        given = config.options() | {"launch": through_pipes(context), "progress": LogProgress(context.log)}
        of_base = evaluate(opened, base, benchmarks, role="base", template=str(runs[0][1]), **given)
        reports = [evaluate(opened, str(run), benchmarks, **given) for run, _ in runs]
        return dg.MaterializeResult(metadata=metadata(of_evaluations([of_base, *reports])))


@dg.asset(deps=["all_evaluations"], group_name="arena", kinds={"sql", "duckdb"})
def leaderboard(lake: LakeResource) -> dg.MaterializeResult[None]:
    """What training on each slice added to a model, with intervals and sets of possible ranks, a board a base model."""
    with lake.open(read_only=True) as opened:
        return dg.MaterializeResult(metadata=metadata(of_leaderboard(opened)))


@dg.asset(deps=["all_evaluations"], group_name="arena", kinds={"sql", "duckdb"})
def findings(lake: LakeResource) -> dg.MaterializeResult[None]:
    """How far base models agree, and how often each axis orders slices as training on them does."""
    with lake.open(read_only=True) as opened:
        return dg.MaterializeResult(metadata=metadata(of_findings(opened)))


def _training(key: str) -> tuple[str, str, str]:
    """Slice, recipe and base model of a partition; raises UsageError for a key of another form."""
    assert isinstance(key, dg.MultiPartitionKey)
    named = key.keys_by_dimension
    recipe, separator, base = named["training"].partition(SEPARATOR)
    if not separator:
        raise dg.Failure(
            f"{named['training']!r} is no training.", metadata={"hint": f"Name it recipe{SEPARATOR}base model."}
        )
    return named["slice"], recipe, base


def _value(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
