"""Finding a model's files and loading them, heads that are no architecture of the library included."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lake.errors import MissingExtraError
from scorers.engines.interface import NotLoadedError
from scorers.engines.options import Options
from scorers.models.facts import ModelFacts

_PART = re.compile(r"(?:\.(\d+))?\.(weight|bias)")


def load(facts: ModelFacts, folder: Path, options: Options) -> Any:
    """The model in that folder, ready to be asked, on a GPU where there is one.

    Raises MissingExtraError where PyTorch or Transformers is not installed.
    """
    try:
        import torch
        import transformers
    except ImportError:
        raise MissingExtraError.of(f"The model {facts.name}", "models") from None
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    kinds = {
        "causal": "AutoModelForCausalLM",
        "encoder_decoder": "AutoModelForSeq2SeqLM",
        "embedding": "AutoModel",
    }
    kind = "AutoModel" if facts.module else kinds.get(facts.head, "AutoModelForSequenceClassification")
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    name = options.dtype if options.dtype != "auto" else "float32" if device == "cpu" else facts.dtype
    dtype = "auto" if name == "auto" else getattr(torch, name)
    torch.set_num_threads(options.threads)
    if _of_another_base(folder):
        model = _nested(folder, dtype)
    else:
        given = {"dtype": dtype, "trust_remote_code": facts.trust_remote_code, "local_files_only": True}
        model = getattr(transformers, kind).from_pretrained(str(folder), **given)
    return model.eval().to(device)


def readable(config: Any) -> int:
    """Tokens that a configuration says the model can read; 0 where it does not say."""
    text = config.get_text_config()
    names = ("max_position_embeddings", "n_positions")
    return next((int(found) for name in names if (found := getattr(text, name, None))), 0)


def _of_another_base(folder: Path) -> str:
    """The model a configuration only names as its base, saying nothing of its own architecture."""
    found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return "" if "model_type" in found else str(found.get("base_model", ""))


def _nested(folder: Path, dtype: Any) -> Any:
    """The body of a model whose configuration is that of its base; its weights lie under `model.`."""
    from transformers import AutoConfig, AutoModel

    base = _of_another_base(folder)
    beside = folder.parent / base
    config = AutoConfig.from_pretrained(str(beside if beside.is_dir() else base), local_files_only=True)
    weights = {name.removeprefix("model."): each for name, each in tensors(folder, "model.").items()}
    body = AutoModel.from_config(config)
    missing, unknown = body.load_state_dict(weights, strict=False)
    # Numbers of positions are made, not stored, by some versions of the library.
    if lacking := [name for name in (*missing, *unknown) if not name.endswith("position_ids")]:
        raise NotLoadedError(f"The weights in {folder} do not fit {base}: {lacking[0]}.")
    return body if dtype == "auto" else body.to(dtype)


def head_of(folder: Path, module: str, body: Any) -> Any:
    """The head whose weights are named for `module`: one linear layer, or several with ReLU between.

    Raises NotLoadedError where there are none.
    """
    import torch

    parts: dict[int, dict[str, Any]] = {}
    for name, weights in tensors(folder, f"{module}.").items():
        found = _PART.fullmatch(name.removeprefix(module))
        if found:
            parts.setdefault(int(found[1] or 0), {})[found[2]] = weights
    if not parts or any("weight" not in each for each in parts.values()):
        raise NotLoadedError(f"The weights in {folder} have no head named {module!r}.")
    layers: list[Any] = []
    for _, each in sorted(parts.items()):
        rows, columns = each["weight"].shape
        layer = torch.nn.Linear(columns, rows, bias="bias" in each)
        layer.load_state_dict(each)
        layers += [torch.nn.ReLU(), layer] if layers else [layer]
    return torch.nn.Sequential(*layers).eval().to(body.device, body.dtype)


def tensors(folder: Path, prefix: str) -> dict[str, Any]:
    """The weights of a folder whose names begin so; raises NotLoadedError where there are no safetensors."""
    from safetensors import safe_open

    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise NotLoadedError(f"{folder} holds no weights in the safetensors format.")
    found = {}
    for file in files:
        with safe_open(str(file), "pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - not a mapping
                if name.startswith(prefix):
                    found[name] = opened.get_tensor(name)
    return found
