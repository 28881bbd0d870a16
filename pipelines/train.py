"""Training: a slice or dataset, a base model and a recipe become a model, out of process, once a key.

A run is keyed by (hash of the subject, recipe with its settings, base model, seed). A run that is finished is never
repeated, two programs never train one key at once, and a killed one goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lake.catalog import Connection, Lake
from lake.errors import ConflictError, MissingExtraError, OdaError, UsageError
from lake.locks import folder_lock
from lake.rows import delete, put
from lake.tables import TRAINING_LOSSES, TRAINING_RUNS
from lake.whole_file import replace_whole
from pipelines.evaluating.results import as_json, now
from pipelines.export import export
from pipelines.import_results import LAKE
from pipelines.launching import Launch, ProgramFailed, launched
from pipelines.progress import Progress, Silent
from pipelines.slicing.held_items import ALLOW, REFUSE
from pipelines.training import curve, llamafactory
from pipelines.training.job import Job, folder_of, job_of

BACKENDS = ("trl", "llamafactory")

HELD = "held"
"""Folder of a run that is locked while somebody trains it; the export of its data locks the one above."""


class TrainingError(OdaError):
    """A training that failed; what it had reached is kept, and running it again goes on from there."""


@dataclass(frozen=True)
class TrainReport:
    """What a training did.

    - known: it was finished before, nothing was done; resumed: it went on from a checkpoint.
    - tokens: of the data, each once; loss: the mean of all steps.
    - seconds, energy (kWh), price: of all parts of a run that was stopped; energy_detail: why energy is not known.
    """

    run: str
    subject: str
    recipe: str
    base: str
    seed: int
    backend: str
    path: str
    known: bool = False
    resumed: bool = False
    rows: int | None = None
    tokens: int | None = None
    steps: int | None = None
    loss: float | None = None
    seconds: float | None = None
    energy: float | None = None
    energy_detail: str | None = None
    price: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class TrainPlan:
    """What a training would do: rows, characters, and steps where the recipe and the data say how many."""

    run: str
    subject: str
    recipe: str
    base: str
    seed: int
    known: bool
    rows: int
    characters: int
    steps: int | None
    settings: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def train(
    lake: Lake,
    subject: str,
    *,
    recipe: str,
    base: str,
    seed: int = 42,
    changed: dict[str, Any] | None = None,
    backend: str = "trl",
    price_per_hour: float | None = None,
    launch: Launch | None = None,
    allow_benchmarks: bool = False,
    progress: Progress | None = None,
) -> TrainReport:
    """Train a base model on a slice or dataset by a recipe, and keep run, losses and cost in the lake.

    - base: a folder or a name of the hub.
    - changed: settings that differ from the recipe's; they make it another run.
    - launch: runs the program that trains; a plain process by default.
    - allow_benchmarks: train on data that hold benchmark items, which is refused otherwise.

    Raises UnknownNameError for a name that is not there, ConflictError where another program trains this run,
    TrainingError when it fails.
    """
    job = job_of(lake, subject, recipe_name=recipe, base=base, seed=seed, changed=changed)
    if job.settings["template"] not in ("default", "plain") and backend == "trl":
        raise UsageError(
            f"TRL is not given the template {job.settings['template']!r}.", hint="Train it with --backend llamafactory."
        )
    if report := _finished(lake, job, backend):
        return report
    folder = folder_of(lake, job.run)
    held = folder / HELD
    held.mkdir(parents=True, exist_ok=True)
    try:
        with folder_lock(held):
            if report := _finished(lake, job, backend):
                return report
            return _run(
                lake,
                job,
                folder,
                backend=backend,
                price_per_hour=price_per_hour,
                launch=launch or launched,
                allow_benchmarks=allow_benchmarks,
                progress=progress or Silent(),
            )
    except BlockingIOError:
        raise ConflictError(
            f"Another program trains {subject} with {recipe} and seed {seed} (run {job.run}).",
            hint="Wait for it; its result is then here.",
        ) from None


def plan_training(
    lake: Lake, subject: str, *, recipe: str, base: str, seed: int = 42, changed: dict[str, Any] | None = None
) -> TrainPlan:
    """What `train` would do, without doing it."""
    job = job_of(lake, subject, recipe_name=recipe, base=base, seed=seed, changed=changed)
    members = (
        "select sample_id from slice_samples where slice = ?"
        if lake.rows("select 1 from slices where slice = ?", [subject])
        else "select sample_id from samples where dataset = ?"
    )
    rows, characters = lake.rows(
        "select count(*), coalesce(sum(length(instruction) + length(coalesce(response, ''))), 0)::bigint "
        f"from samples semi join ({members}) using (sample_id)",
        [subject],
    )[0]
    steps = job.settings.get("max_steps")
    if steps is None and not job.settings["packing"]:
        batch = job.settings["per_device_train_batch_size"] * job.settings["gradient_accumulation_steps"]
        steps = int(-(-rows // batch) * job.settings["num_train_epochs"])
    known = _finished(lake, job, "trl") is not None
    return TrainPlan(job.run, subject, recipe, base, seed, known, rows, characters, steps, job.settings)


def runs(lake: Lake) -> list[dict[str, Any]]:
    """Every run of the lake, imports left out, the newest first; those that are not finished before the others."""
    found: list[dict[str, Any]] = lake.query(
        "select run, role, subject, recipe, base, seed, backend, status, rows, tokens, steps, loss, seconds, energy, "
        "price, finished, path from training_runs where origin = ? order by finished desc, run",
        [LAKE],
    ).to_pylist()
    known = {row["run"] for row in found}
    return [row for row in _unfinished(lake) if row["run"] not in known] + found


def losses(lake: Lake, run: str) -> list[dict[str, Any]]:
    """The losses of a run by step; of one that is not finished, those it has logged so far."""
    found: list[dict[str, Any]] = lake.query(
        "select step, epoch, loss, learning_rate, grad_norm from training_losses where run = ? order by step", [run]
    ).to_pylist()
    return found or _logged(folder_of(lake, run))


def why_no_energy(lake: Lake, run: str) -> str:
    """Why the energy of a finished run is not known, as its program said; empty where it said nothing."""
    try:
        return str(_result(folder_of(lake, run)).get("energy_detail") or "")
    except FileNotFoundError:
        return ""


def _unfinished(lake: Lake) -> list[dict[str, Any]]:
    """Trainings that have begun and are in no row yet: they go on now, or were stopped and can go on."""
    found = []
    for file in sorted((lake.settings.home / "runs").glob("*/job.json")):
        job = json.loads(file.read_text(encoding="utf-8"))
        logged = _logged(file.parent)
        row = dict.fromkeys(_UNFINISHED)
        row |= {name: job[name] for name in ("run", "subject", "recipe", "base", "seed")}
        row |= {"role": "trained", "backend": job.get("backend"), "path": str(file.parent / "model")}
        row |= {"steps": logged[-1]["step"] if logged else 0, "loss": curve.mean_loss(logged)}
        found.append({**row, "status": "unfinished"})
    return found


_UNFINISHED = (
    "run", "role", "subject", "recipe", "base", "seed", "backend", "status", "rows", "tokens", "steps", "loss",
    "seconds", "energy", "price", "finished", "path",
)  # fmt: skip


def _logged(folder: Path) -> list[dict[str, Any]]:
    return curve.by_step(curve.read(folder)) or llamafactory.losses(folder)


def _finished(lake: Lake, job: Job, backend: str) -> TrainReport | None:
    rows = lake.rows(
        f"select path, {', '.join(_COUNTED)}, backend from training_runs where run = ? and status = 'finished'",
        [job.run],
    )
    if not rows:
        return None
    path, *rest, kept = rows[0]
    return _report(job, kept or backend, str(path), known=True, **dict(zip(_COUNTED, rest, strict=True)))


_COUNTED = ("rows", "tokens", "steps", "loss", "seconds", "energy", "price")


def _report(job: Job, backend: str, path: str, **more: Any) -> TrainReport:
    return TrainReport(job.run, job.subject, job.recipe, job.base, job.seed, backend, path, **more)


def _run(
    lake: Lake,
    job: Job,
    folder: Path,
    *,
    backend: str,
    price_per_hour: float | None,
    launch: Launch,
    allow_benchmarks: bool,
    progress: Progress,
) -> TrainReport:
    _data(lake, job, folder, backend, ALLOW if allow_benchmarks else REFUSE)
    cpu = not _has_gpu()
    settings = {**job.as_dict(), "backend": backend, "cpu": cpu, "threads": lake.settings.threads, "log_steps": 10}
    if backend == "llamafactory":
        command = llamafactory.prepared(job, folder)
    else:
        _require_trl()
        command = [sys.executable, "-m", "pipelines.training.worker", str(folder)]
    replace_whole(folder / "job.json", json.dumps(settings, indent=1).encode())
    progress.start(f"train {job.subject} (seed {job.seed})", job.settings.get("max_steps"), "steps")
    done = 0

    def told(said: dict[str, Any]) -> None:
        nonlocal done
        if "step" in said:
            progress.advance(said["step"] - done)
            done = said["step"]

    try:
        launch(command, {"HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "")}, told)
    except ProgramFailed as failure:
        raise TrainingError(
            f"The training ended with {failure}", hint="Running it again goes on from its last checkpoint."
        ) from None
    finally:
        progress.finish()
    result = llamafactory.result(folder) if backend == "llamafactory" else _result(folder)
    price = None if price_per_hour is None else result["seconds"] / 3600 * price_per_hour
    _record(lake, job, folder, backend, {**result, "price": price})
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    counted = {name: result.get(name) for name in _COUNTED if name != "price"}
    return _report(
        job,
        backend,
        str(folder / "model"),
        resumed=bool(result.get("resumed")),
        energy_detail=result.get("energy_detail"),
        price=price,
        **counted,
    )


def _data(lake: Lake, job: Job, folder: Path, backend: str, benchmarks: str) -> None:
    """Export what is trained on; it is read back, so roles and columns are verified before training starts."""
    if not (folder / "data" / "manifest.json").is_file():
        to = "llamafactory" if backend == "llamafactory" else "openai"
        export(
            lake,
            job.subject,
            to=to,
            out=folder / "data",
            overwrite=True,
            at=job.snapshot,
            benchmarks=benchmarks,
            allow_licence_conflicts=True,  # it stays in the home; the manifest tells of them
            own=True,
        )
    if backend == "trl" and not (folder / "data" / "data.jsonl").is_file():
        raise UsageError(f"{job.subject} holds preference pairs only, which are no data for supervised training.")


def _result(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


def _record(lake: Lake, job: Job, folder: Path, backend: str, result: dict[str, Any]) -> None:
    row = {
        "run": job.run,
        "role": "trained",
        "subject": job.subject,
        "subject_hash": job.subject_hash,
        "base": job.base,
        "recipe": job.recipe,
        "seed": job.seed,
        "origin": LAKE,
        "backend": backend,
        "settings": as_json(job.settings),
        "status": "finished",
        "path": str(folder / "model"),
        "finished": now(),
        **{name: result.get(name) for name in (*_COUNTED, "trained_tokens")},
    }
    losses = [{"run": job.run, **loss} for loss in result["losses"]]

    def store(connection: Connection) -> None:
        for table in (TRAINING_RUNS, TRAINING_LOSSES):
            delete(connection, table.name, run=job.run)
        put(connection, TRAINING_RUNS, [row])
        put(connection, TRAINING_LOSSES, losses)

    lake.transact(store, message=f"train {job.subject} with {job.recipe}, seed {job.seed} (run {job.run})")


def _has_gpu() -> bool:
    try:
        import torch  # late: 2 s
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def _require_trl() -> None:
    from importlib.util import find_spec

    if find_spec("trl") is None:
        raise MissingExtraError.of("Training with TRL", "train")
