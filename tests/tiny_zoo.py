"""A tiny stand-in for every model that the project's axes name, under the same name: real code, random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tiny_models import TinyModels

from scorers.models.facts import ModelFacts, read
from scorers.models.known import OWN

_FAMILIES = {"DebertaV2": "deberta", "ModernBert": "modernbert", "Bert": "bert", "GPT2": "gpt2", "T5": "t5"}


def zoo(folder: Path, tiny: TinyModels) -> Path:
    """A folder of facts for ODA_MODELS; its models read 512 tokens at most and run in Transformers."""
    folder.mkdir()
    for path in sorted(OWN.glob("*.toml")):
        facts = read(path)
        if facts.head == "fasttext" or facts.server:
            continue
        family = next((name for begins, name in _FAMILIES.items() if facts.architecture.startswith(begins)), "llama")
        if facts.head == "embedding":
            family = "qwen3_base"
        labels = 0 if facts.module else len(facts.labels)
        weights = tiny.of(family, labels=labels)
        if facts.module:
            weights = _with_head(folder / f"{facts.name}-weights", weights, facts)
        lines = {
            "id": f"tiny/{facts.name}",
            "weights": str(weights),
            "head": facts.head,
            "module": facts.module,
            "read_at": facts.read_at,
            "template": facts.template,
        }
        text = "".join(f'{name} = "{value}"\n' for name, value in lines.items() if value)
        text += f'engines = ["transformers"]\nmax_length = 512\nlabels = {list(facts.labels)}\n'
        (folder / path.name).write_text(text.replace("'", '"'))
    return folder


def _with_head(folder: Path, weights: Path, facts: ModelFacts) -> Path:
    """A copy whose weights have a head of its own beside the body: one layer, or two for INF-ORM."""
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(weights, folder)
    if facts.read_at == "cls":
        settings = folder / "tokenizer_config.json"
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "cls_token": "[CLS]"}))
    tensors = load_file(str(folder / "model.safetensors"))
    width = 64
    made = torch.Generator().manual_seed(7)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=made) * 0.2

    rows = max(1, len(facts.labels))
    if facts.name == "inf-orm":
        layers = {"0.weight": random(width, width), "0.bias": random(width), "2.weight": random(1, width)}
        head = {f"{facts.module}.{name}": values for name, values in {**layers, "2.bias": random(1)}.items()}
    else:
        head = {f"{facts.module}.weight": random(rows, width)}
    kept = {name: values for name, values in tensors.items() if not name.startswith(("lm_head", "score"))}
    save_file({**kept, **head}, str(folder / "model.safetensors"), metadata={"format": "pt"})
    return folder
