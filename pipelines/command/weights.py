"""`oda slice weights`: weights of axes that are learned."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from lake.errors import MissingExtraError, UsageError
from lake.kinds import Assigned, Listed, NewName, Real, Text, Whole
from lake.values import AXIS, SEED, SUBJECT
from pipelines.command import complete
from pipelines.command.session import Session
from pipelines.command.sql import pairs
from pipelines.command.terminal import table
from pipelines.command.train import setting_value

if TYPE_CHECKING:
    from pipelines.weighing.gains import GainWeights
    from pipelines.weighing.proxy import LossWeights, Proxy

TRIALS = Whole(1, 100_000)
FOLDS = Whole(2, 100)
REPEATS = Whole(1, 100)
BUDGET = Real(1, 1e15)
SETTING = Assigned("NAME=VALUE, such as max_steps=100")
LEVEL = 0.95

EXAMPLES = (
    "oda slice weights --axes mtld,ppl,deita_quality --base Qwen/Qwen2.5-7B  # from the gains of a board",
    "oda slice weights --axes mtld,ppl --validation held-out --base models/base --budget 2e6 --name learned",
    "oda slice weights --axes mtld,ppl --validation held-out --base models/base --budget 2e6 --name learned --plan",
)


def weights(
    session: Session,
    *,
    axes: Annotated[list[str], Listed(AXIS), typer.Option("--axes", metavar="A,B", help="Axes that get a weight.")],
    base: Annotated[
        str | None,
        Text("a base model", 4096),
        typer.Option("--base", metavar="MODEL", help="Base model: of the board, or that is trained."),
    ] = None,
    origin: Annotated[
        str | None,
        Text("where results come from", 1000),
        typer.Option("--origin", metavar="NAME", help="Of the board."),
    ] = None,
    recipe: Annotated[
        str | None,
        Text("the name of a recipe", 1000),
        typer.Option("--recipe", metavar="NAME", help="Recipe: of the board, or of training (tiny)."),
    ] = None,
    measure: Annotated[
        str,
        Text("overall, a domain or a benchmark", 1000),
        typer.Option("--measure", metavar="NAME", help="Gains by overall, a domain or a benchmark."),
    ] = "overall",
    folds: Annotated[
        int, FOLDS, typer.Option("--folds", metavar="N", help="Parts of the datasets that are held out in turn.")
    ] = 5,
    validation: Annotated[
        str | None,
        SUBJECT,
        typer.Option(
            "--validation",
            metavar="SUBJECT",
            help="Make the loss on this slice or dataset small, by training, instead.",
            autocompletion=complete.subjects,
        ),
    ] = None,
    name: Annotated[
        str | None,
        NewName("slice"),
        typer.Option("--name", metavar="NAME", help="Slice that is made with the weights."),
    ] = None,
    budget: Annotated[
        float | None, BUDGET, typer.Option("--budget", metavar="N", help="What a selection may cost in all.")
    ] = None,
    cost: Annotated[
        str, AXIS, typer.Option("--cost", metavar="AXIS", help="What a sample costs: characters, or an axis.")
    ] = "characters",
    datasets: Annotated[
        str,
        Text("names of datasets, with * and ?", 1000),
        typer.Option("--datasets", metavar="NAMES", help="Select from."),
    ] = "*",
    setting: Annotated[
        list[str] | None,
        SETTING,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting other than the recipe's; repeatable."),
    ] = None,
    repeats: Annotated[
        int,
        REPEATS,
        typer.Option("--repeats", metavar="N", help="Trainings with other seeds, of random selections too."),
    ] = 3,
    trials: Annotated[int | None, TRIALS, typer.Option("--trials", metavar="N", help="Weights that are tried.")] = None,
    seed: Annotated[int, SEED, typer.Option("--seed", metavar="N", help="Seed of the search.")] = 42,
    plan: Annotated[bool, typer.Option("--plan", help="Say what it would do, and do nothing.")] = False,
) -> None:
    """Learn weights of axes for the recipe top_by_weights.

    From a board: so that weighted means order datasets as their gains do, tried on datasets held out. With --validation
    a small model is trained on what each weighting selects, and the loss on data held back is made small; those may
    hold no benchmark item and nothing that is selected from. It ends with a slice, beside random ones of its budget.
    """
    if find_spec("optuna") is None:
        raise MissingExtraError.of("Learning weights", "evaluate")
    if validation is None:
        session.refuse("name", "budget", "cost", "datasets", "setting", "repeats", beside="no --validation")
        _from_gains(
            session, axes, (base, origin, recipe), measure=measure, folds=folds,
            trials=trials or 200, seed=seed, plan=plan,
        )  # fmt: skip
        return
    session.refuse("origin", "measure", "folds", beside="--validation")
    if base is None or name is None or budget is None:
        raise UsageError("Training on selections needs a base model, a budget and a name for the slice.", hint=_NEEDED)
    from pipelines.weighing.proxy import Proxy

    changed = {option: setting_value(text) for option, text in pairs(setting or []).items()}
    proxy = Proxy(validation, base, recipe or "tiny", budget, cost, datasets, changed)
    _from_losses(session, axes, proxy, name=name, trials=trials or 30, repeats=repeats, seed=seed, plan=plan)


_NEEDED = "Give --base MODEL, --budget N and --name NAME beside --validation."


def _from_gains(
    session: Session,
    axes: list[str],
    board: tuple[str | None, str | None, str | None],
    *,
    measure: str,
    folds: int,
    trials: int,
    seed: int,
    plan: bool,
) -> None:
    from pipelines.boards.gather import choose
    from pipelines.weighing.gains import gain_weights, known_values

    with session.lake() as lake, session.progress() as progress:
        base, origin, recipe = board
        which = choose(lake, base=base, origin=origin, recipe=recipe, measure=measure)
        if plan:
            subjects, _, _, left_out = known_values(lake, which, axes)
            facts = {"datasets": len(subjects), "left_out": list(left_out), "folds": folds, "searches": folds + 1}
            _planned(session, {**facts, "trials": trials * (folds + 1)})
            return
        progress.start("learn weights", trials * (folds + 1), "trials")
        found = gain_weights(
            lake, which, axes, trials=trials, folds=folds, seed=seed, level=LEVEL, told=progress.advance
        )
        progress.finish()
    _tell_gains(session, found)


def _tell_gains(session: Session, found: GainWeights) -> None:
    from pipelines.boards.tables import interval  # late: scipy

    if session.json:
        session.out.document(found.as_dict())
        return
    session.out.line(f"Weights: {found.weights or 'none; no axis orders anything'}")
    rows = [
        (name, interval(each.spearman, 2), interval(each.accuracy, 2))
        for name, each in (("held out", found.held_out), ("learned from", found.learned))
    ]
    table.show(session.out, ["datasets", "rank correlation with gains", "ordered alike"], rows)
    if found.left_out:
        session.out.remark(f"{len(found.left_out)} datasets lack an axis: {', '.join(found.left_out[:6])}")
    session.out.remark(f"Next: oda slice create NAME -f top_by_weights -p weights={found.weights} -p budget=…")


def _from_losses(
    session: Session, axes: list[str], proxy: Proxy, *, name: str, trials: int, repeats: int, seed: int, plan: bool
) -> None:
    from pipelines.launching import launched
    from pipelines.weighing.proxy import check_validation, loss_weights

    with session.lake(write=not plan) as lake, session.progress() as progress:
        if plan:
            rows = check_validation(lake, proxy)
            _planned(session, {"validation_samples": rows, "trainings": trials + 2 * repeats, "slice": name})
            return
        found = loss_weights(
            lake, name, axes, proxy, trials=trials, repeats=repeats, seed=seed, level=LEVEL, launch=launched,
            progress=progress,
        )  # fmt: skip
    _tell_losses(session, found)


def _tell_losses(session: Session, found: LossWeights) -> None:
    from pipelines.boards.tables import interval  # late: scipy

    if session.json:
        session.out.document(found.as_dict())
        return
    session.out.line(f"Weights: {found.weights}; slice {found.slice} is made with them.")
    rows = [
        ("learned", sum(found.losses) / len(found.losses), len(found.losses)),
        ("random", sum(found.random) / len(found.random), len(found.random)),
    ]
    table.show(session.out, ["selection", "mean loss on the validation set", "trainings"], rows)
    session.out.line(f"Better than random by {interval(found.better, 4)}.")


def _planned(session: Session, facts: dict[str, object]) -> None:
    if session.json:
        session.out.document(facts)
    else:
        table.facts(session.out, [(name.replace("_", " "), value or None) for name, value in facts.items()])
