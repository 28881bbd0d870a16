"""`oda train`: a base model trained on a slice or dataset by a recipe, once a key."""

from __future__ import annotations

from typing import Annotated

import typer

from lake.errors import UsageError
from lake.kinds import OneOf, Real, Text
from lake.values import PARAMETER, SEED, SUBJECT
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.sql import pairs
from pipelines.command.terminal import table
from pipelines.command.terminal.help import RunUnlessTold

app = typer.Typer(
    cls=RunUnlessTold,
    add_completion=False,
    rich_markup_mode=None,
    help="Train a base model on a slice or dataset by a recipe, and list recipes.",
    epilog=examples(
        "oda train math-hard --recipe qwen2.5-7b --base Qwen/Qwen2.5-7B  # the same as oda train run",
        "oda train recipes  # the settings of each",
        "oda runs  # what was trained",
    ),
)
PRICE = Real(0, 1e6)


@app.callback()
def _train() -> None:
    pass


@register(
    app,
    "run",
    "oda train run math-hard --recipe qwen2.5-7b --base Qwen/Qwen2.5-7B --plan  # what it would do",
    "oda train run math-hard --recipe qwen2.5-7b --base Qwen/Qwen2.5-7B --seed 1",
    "oda train run small --recipe tiny --base models/base --set max_steps=100",
)
def _run(
    session: Session,
    *,
    subject: Annotated[
        str,
        SUBJECT,
        typer.Argument(metavar="SUBJECT", help="Slice or dataset to train on.", autocompletion=complete.subjects),
    ],
    recipe: Annotated[
        str, Text("the name of a recipe", 1000), typer.Option("--recipe", metavar="NAME", help="Recipe of training.")
    ],
    base: Annotated[
        str,
        Text("a model: a folder, or a name of the hub", 4096),
        typer.Option("--base", metavar="MODEL", help="Base model: a folder, or a name of the hub."),
    ],
    seed: Annotated[int, SEED, typer.Option("--seed", metavar="N", help="Seed of the training.")] = 42,
    setting: Annotated[
        list[str] | None,
        PARAMETER,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting other than the recipe's; repeatable."),
    ] = None,
    backend: Annotated[
        str,
        OneOf("backend", ("trl", "llamafactory")),
        typer.Option("--backend", metavar="NAME", help="Program that trains: trl or llamafactory."),
    ] = "trl",
    allow_benchmarks: Annotated[
        bool, typer.Option("--allow-benchmarks", help="Train on benchmark items; they are refused otherwise.")
    ] = False,
    price: Annotated[
        float | None, PRICE, typer.Option("--price", metavar="AMOUNT", help="Price of an hour of the machine.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what it would do, and do nothing.")] = False,
) -> None:
    """Train a base model on a slice or dataset.

    A run is keyed by slice, recipe, base model and seed: what is finished is never repeated, two programs never train
    one key at once, and a killed run goes on from its last checkpoint.
    """
    changed = {name: setting_value(text) for name, text in pairs(setting or []).items()}
    if plan:
        session.refuse("allow_benchmarks", "backend", "price", beside="--plan")
    from pipelines.train import plan_training, train

    out = session.out
    if plan:
        with session.lake() as lake:
            planned = plan_training(lake, subject, recipe=recipe, base=base, seed=seed, changed=changed)
        if session.json:
            out.document(planned.as_dict())
            return
        state = "is finished already; nothing would be done" if planned.known else "would be trained"
        out.line(f"Run {planned.run} {state}.")
        table.facts(
            out,
            [
                ("samples", planned.rows),
                ("characters", planned.characters),
                ("steps on one device", planned.steps),
                *planned.settings.items(),
            ],
        )
        return
    with session.lake(write=True) as lake, session.progress() as progress:
        report = train(
            lake,
            subject,
            recipe=recipe,
            base=base,
            seed=seed,
            changed=changed,
            backend=backend,
            price_per_hour=price,
            allow_benchmarks=allow_benchmarks,
            progress=progress,
        )
    if session.json:
        out.document(report.as_dict())
        return
    if report.known:
        out.line(f"Run {report.run} is finished already; nothing was done.")
    else:
        how = "went on from its checkpoint and " if report.resumed else ""
        loss = "" if report.loss is None else f", loss {report.loss:.4f}"
        out.line(f"Run {report.run} {how}is finished in {table.duration(report.seconds)}{loss}.")
    table.facts(out, [("model", report.path), ("samples", report.rows), ("tokens", report.tokens)])
    out.remark(f"Next: oda evaluate {report.run} --benchmark NAME")


def setting_value(text: str) -> float | int | bool | str:
    """A setting as the recipes' file would have it."""
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, (float, int, bool, str)):
        raise UsageError(f"{text!r} is no value of a setting.").about(text)
    return found


@register(app, "recipes", "oda train recipes")
def _recipes(session: Session) -> None:
    """List the recipes with their settings."""
    from pipelines.training.recipes import recipes

    known = list(recipes().values())
    if session.json:
        session.out.document(
            [{"recipe": each.name, "for": each.purpose, "base": each.base, "settings": each.settings} for each in known]
        )
        return
    names = list(dict.fromkeys(name for each in known for name in each.settings))
    rows = [(name, *(each.settings.get(name) for each in known)) for name in names]
    session.out.line("Settings in the keys of LLaMA-Factory", "dim")
    table.show(session.out, ["setting", *(each.name for each in known)], rows)
