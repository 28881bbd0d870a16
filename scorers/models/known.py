"""Every model this installation knows: the project's own, those of the user's folders, any folder of weights.

A file of a user's folder takes the place of one of the same name. Files that came with a lake may say what a model is,
but not send texts and keys to a server nor run code: such a file is left out until its folder is trusted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lake.errors import UnknownNameError, UsageError
from lake.settings import Settings
from scorers.models.facts import EngineName, Head, ModelFacts, read
from scorers.trust import refusal

OWN = Path(__file__).resolve().parent
"""The folder of the project's own facts."""


@dataclass(frozen=True)
class Known:
    """Models by name, and the files that are left out, with why."""

    models: dict[str, ModelFacts]
    left_out: dict[Path, UsageError]

    def find(self, name: str) -> ModelFacts:
        """The model of that name, or with that name on the hub, or in that folder.

        Raises UnknownNameError with close matches, or why its file is left out.
        """
        if name in self.models:
            return self.models[name]
        for path, why in self.left_out.items():
            if path.stem == name:
                raise why
        for facts in self.models.values():
            if name in (facts.id, facts.weights):
                return facts
        if (folder := Path(name).expanduser()).is_dir():
            return of_folder(folder.resolve())
        raise UnknownNameError.of(
            "model", name, self.models, hint="List them: oda models. Add one: docs/models.md; or name a folder."
        )


def known(settings: Settings) -> Known:
    """The models of an installation with these settings; a file added or changed is seen by the next call."""
    models = {path.stem: _read(path, path.stat().st_mtime_ns) for path in sorted(OWN.glob("*.toml"))}
    left_out: dict[Path, UsageError] = {}
    for folder in settings.model_folders:
        for path in sorted(folder.glob("*.toml")):
            try:
                facts = read(path)
                acts = facts.trust_remote_code or facts.server
                if acts and folder in settings.foreign_model_folders and (why := refusal(path)) is not None:
                    raise why
            except UsageError as error:
                left_out[path] = error
            else:
                models[facts.name] = facts
    return Known(dict(sorted(models.items())), left_out)


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int) -> ModelFacts:
    return read(path)


def of_folder(folder: Path) -> ModelFacts:
    """The facts of a folder of weights as its configuration tells them; raises UsageError where it holds no model."""
    if (folder / "model.bin").is_file() and not (folder / "config.json").is_file():
        return ModelFacts(folder.name, folder.name, "fasttext", ("fasttext",), weights=str(folder), module="model.bin")
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder} holds no model: config.json cannot be read ({error}).") from None
    architecture = next(iter(config.get("architectures") or ()), "")
    labels = tuple(str(label) for label in (config.get("id2label") or {}).values())
    head = _head(architecture, labels, folder)
    lengths = ("max_position_embeddings", "n_positions", "max_sequence_length")
    return ModelFacts(
        name=folder.name,
        id=folder.name,
        head=head,
        engines=_engines(architecture, head),
        weights=str(folder),
        architecture=architecture,
        labels=labels if head in ("classifier", "reward") else (),
        template="chat" if (folder / "chat_template.jinja").is_file() else "",
        max_length=next((int(config[name]) for name in lengths if config.get(name)), 0),
    )


def _head(architecture: str, labels: tuple[str, ...], folder: Path) -> Head:
    if architecture.endswith("ForSequenceClassification"):
        return "reward" if len(labels) == 1 else "classifier"
    if architecture.endswith(("ForConditionalGeneration", "ForSeq2SeqLM")):
        return "encoder_decoder"
    if (folder / "modules.json").is_file() or architecture.endswith("Model"):
        return "embedding" if not architecture.endswith("LMHeadModel") else "causal"
    return "causal"


def _engines(architecture: str, head: Head) -> tuple[EngineName, ...]:
    served = architecture.startswith(("Llama", "Qwen2", "Qwen3", "Mistral", "Gemma", "Phi3"))
    return ("vllm", "transformers") if served and head != "encoder_decoder" else ("transformers",)
