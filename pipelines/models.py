"""Models: what each is for and whether it is here, and fetching and checking its files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from lake.errors import MissingExtraError, OdaError, UsageError
from lake.settings import Settings
from lake.sources.hub_errors import endpoint
from lake.sources.hub_progress import forwarding
from pipelines.progress import Progress, Silent
from scorers.catalogue import Catalogue
from scorers.engines.opening import choose
from scorers.installed import installed
from scorers.models.facts import ModelFacts
from scorers.models.known import known
from scorers.models.weights import AbsentError, Weights, at_hand, damaged, missing, size_of

State = Literal["here", "partial", "absent", "served"]

_LEFT = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.gguf", "original/*", "flax_model*", "tf_model*"]
"""Files of a repository that no engine here reads."""

_TOKENIZER = ["*.json", "*.txt", "*.model", "*.jinja"]
"""Files that tell a model's tokens and its limits."""


@dataclass(frozen=True)
class ModelReport:
    """A model and this installation.

    - engine: the one that would run it; empty where none of its engines is installed, then `needs` says what is.
    - axes: those that are measured by it.
    - state: whether its weights are here; `served`: they are with a server.
    - needs: what is lacking, with the command that brings it in `hint`.
    """

    model: str
    id: str
    engine: str
    engines: tuple[str, ...]
    head: str
    parameters: float
    max_length: int
    licence: str
    gated: bool
    axes: tuple[str, ...]
    state: State
    folder: str
    revision: str
    bytes: int
    needs: str
    hint: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class FetchReport:
    """What was fetched of a model: its commit, where it lies, files and bytes that were not there before."""

    model: str
    revision: str
    folder: str
    files: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class CheckReport:
    """What is wrong with the files of a model: (file, why)."""

    model: str
    folder: str
    revision: str
    problems: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "problems": [{"file": file, "why": why} for file, why in self.problems]}


def models(settings: Settings, names: Iterable[str] | None = None) -> list[ModelReport]:
    """What is known of models (default: all); reads no weights. Raises UnknownNameError for an unknown one."""
    everything = known(settings)
    chosen = everything.models.values() if names is None else [everything.find(name) for name in names]
    served = axes_by_model(installed(settings), everything.models)
    return [_report(facts, served.get(facts.name, ())) for facts in chosen]


def axes_by_model(catalogue: Catalogue, models: dict[str, ModelFacts]) -> dict[str, tuple[str, ...]]:
    """The axes that each model, by its name, decides."""
    by_id = {facts.id: name for name, facts in models.items()}
    found: dict[str, list[str]] = {}
    for name, (_, entry) in catalogue.axes().items():
        for model in (entry.scorer.model or "").split(", "):
            found.setdefault(by_id.get(model, model), []).append(name)
    return {model: tuple(sorted(axes)) for model, axes in found.items()}


def _report(facts: ModelFacts, axes: tuple[str, ...]) -> ModelReport:
    engine, needs, hint = "", "", ""
    try:
        engine = choose(facts)
    except MissingExtraError as error:
        needs, hint = f"the engine {facts.engines[0]}", error.hint
    state, weights = _state(facts)
    if state in ("absent", "partial"):
        lacking = "its weights" if state == "absent" else "the rest of its weights"
        needs = f"{needs} and {lacking}" if needs else lacking
        hint = "; ".join(filter(None, (hint, f"oda models fetch {facts.name}")))
    return ModelReport(
        model=facts.name,
        id=facts.id,
        engine=engine,
        engines=facts.engines,
        head=facts.head,
        parameters=facts.parameters,
        max_length=facts.max_length,
        licence=facts.licence,
        gated=facts.gated,
        axes=axes,
        state=state,
        folder=str(weights.folder) if weights else "",
        revision=weights.revision if weights else facts.revision,
        bytes=size_of(weights.folder) if weights else 0,
        needs=needs,
        hint=hint,
        note=facts.note,
    )


def _state(facts: ModelFacts) -> tuple[State, Weights | None]:
    if facts.engines[0] == "openai":
        return "served", None
    found = at_hand(facts, hashed=False)
    if found is None:
        return "absent", None
    return ("partial" if any(missing(found.folder, facts)) else "here"), found


def fetch(
    settings: Settings,
    names: Sequence[str],
    *,
    to: Path | None = None,
    tokenizer: bool = False,
    progress: Progress | None = None,
) -> list[FetchReport]:
    """Fetch models from the hub into its cache, or each into a folder of its own below `to`, with its facts beside it.

    What is there is not fetched again; tokenizer: only the files of the tokenizer and the configuration. Raises
    OdaError where the hub cannot give a model, saying why and what else can be done.
    """
    everything = known(settings)
    chosen = [everything.find(name) for name in names]
    for facts in chosen:
        if facts.folder is not None and to is None:
            raise UsageError(
                f"The model {facts.name} is the folder {facts.folder}, not one of the hub.",
                hint="Copy its files there yourself, or take `weights` out of its facts.",
            )
        if facts.engines[0] == "openai" and not tokenizer and facts.folder is None and "/" not in facts.id:
            raise UsageError(f"The model {facts.name} stays with its server, {facts.server}.", hint="Nothing to fetch.")
    return [_fetched(facts, to, tokenizer, progress or Silent()) for facts in chosen]


def _fetched(facts: ModelFacts, to: Path | None, tokenizer: bool, progress: Progress) -> FetchReport:
    from huggingface_hub import hf_hub_download, snapshot_download  # late: 0.5 s

    folder = (to / facts.name).absolute() if to is not None else None
    wanted: dict[str, Any] = {"revision": facts.revision or None, "local_dir": folder, "endpoint": endpoint()}
    try:
        files = snapshot_download(
            facts.id,
            ignore_patterns=_LEFT,
            allow_patterns=_TOKENIZER if tokenizer else None,
            dry_run=True,
            **wanted,
        )
        if any(file.filename.endswith(".safetensors") for file in files):
            # The same weights once more.
            files = [file for file in files if not file.filename.endswith((".bin", ".pth", ".pt"))]
        pending = [file for file in files if file.will_download]
        progress.start(f"fetching {facts.name}", sum(file.file_size for file in pending), unit="bytes")
        bar = forwarding(progress)
        wanted["revision"] = files[0].commit_hash if files else facts.revision
        for file in pending:
            hf_hub_download(facts.id, file.filename, tqdm_class=bar, **wanted)
        place = snapshot_download(facts.id, local_files_only=True, **wanted)
        progress.finish()
    except OdaError:
        raise
    except Exception as error:  # of its HTTP client, the hub's answers, the disk
        raise _refused(facts, error) from None
    if folder is not None:
        assert to is not None
        _write_facts(to / f"{facts.name}.toml", facts)
    return FetchReport(
        facts.name, str(wanted["revision"]), str(folder or place), len(pending), sum(file.file_size for file in pending)
    )


def _refused(facts: ModelFacts, error: BaseException) -> AbsentError:
    while error.__cause__ is not None:
        error = error.__cause__
    told = (str(error).strip().splitlines() or [type(error).__name__])[0]
    kind = type(error).__name__
    if "Gated" in kind or "401" in told or "403" in told:
        hint = f"Accept its terms at https://huggingface.co/{facts.id}, then: hf auth login"
    elif "Offline" in kind or "offline" in told.lower():
        hint = "Unset HF_HUB_OFFLINE, or copy its folder from another machine and name it as `weights` in its facts."
    elif "NotFound" in kind:
        hint = "Correct `id` and `revision` of its facts."
    else:
        hint = (
            "Look at the network (HF_ENDPOINT names a mirror) and go on with the same command; or copy its folder from "
            "another machine and name it as `weights` in its facts, see docs/models.md."
        )
    return AbsentError(f"Cannot fetch {facts.name} ({facts.id}): {told}", hint=hint)


def _write_facts(path: Path, facts: ModelFacts) -> None:
    """Write the facts of a model whose weights lie in the folder of its name beside the file."""
    lines = []
    for each in fields(facts):
        value = getattr(facts, each.name)
        if each.name == "name" or (value == each.default and each.name != "weights"):
            continue
        shown = f"./{facts.name}" if each.name == "weights" else list(value) if isinstance(value, tuple) else value
        lines.append(f"{each.name} = {json.dumps(shown, ensure_ascii=False)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check(
    settings: Settings, names: Iterable[str] | None = None, progress: Progress | None = None
) -> list[CheckReport]:
    """Compare the files of models (default: all that are here) with what the hub said of them; reads every byte.

    Raises AbsentError for a model that is not here.
    """
    progress = progress or Silent()
    everything = known(settings)
    found = []
    for facts in everything.models.values() if names is None else [everything.find(name) for name in names]:
        weights = at_hand(facts)
        if weights is None:
            if names is not None:
                raise AbsentError(
                    f"The weights of {facts.name} are not here.", hint=f"Fetch them: oda models fetch {facts.name}"
                )
            continue
        progress.start(f"checking {facts.name}", None, unit="files")
        problems = [("", lacking) for lacking in missing(weights.folder, facts)]
        for problem in damaged(weights):
            problems.append(problem)
        progress.finish()
        found.append(CheckReport(facts.name, str(weights.folder), weights.revision, tuple(problems)))
    return found
