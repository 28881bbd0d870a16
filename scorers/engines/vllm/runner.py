"""One loaded vLLM: started for one way of running a model, since each is an engine of its own to vLLM."""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path
from typing import Any, Literal

from lake.errors import MissingExtraError, OdaError
from scorers.engines.interface import EngineError
from scorers.engines.options import Options
from scorers.models.facts import Dtype, ModelFacts

Mode = Literal["generate", "token_embed", "embed", "classify"]

_CACHED_TEXTS = 4
"""Texts of full length that the key-value cache of a CPU holds."""

_LEAST_CACHE = 64 << 20
_OUTPUT_LAYER_ROOM = 1 << 30
"""Bytes of a GPU left free, beside the output layer itself, for its slices of logits."""


def prepare() -> None:
    """Set what vLLM reads when it is imported; what the user has set stays."""
    for name, value in {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_CONFIGURE_LOGGING": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ.setdefault(name, value)
    if not _has_gpu():
        # What is compiled for prompts costs seconds and needs a C++ compiler.
        os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")


def _has_gpu() -> bool:
    import torch  # late: optional

    return bool(torch.cuda.is_available())


class Runner:
    """A vLLM that has loaded a model for one mode; `close` gives the memory back."""

    def __init__(self, facts: ModelFacts, folder: Path, options: Options, mode: Mode, *, reserved: int = 0) -> None:
        try:
            prepare()
            import vllm  # late: 5 s
        except ImportError as error:
            raise MissingExtraError.of(f"The engine vllm ({error})", "vllm") from None
        from vllm.config import PoolerConfig
        from vllm.platforms import current_platform

        self.mode = mode
        self.cpu = current_platform.is_cpu()
        length = options.length(facts.max_length)
        arguments: dict[str, Any] = {
            "model": str(folder),
            "trust_remote_code": facts.trust_remote_code,
            "dtype": _dtype(facts, options, cpu=self.cpu),
            "max_model_len": length,
            "max_num_seqs": options.batch_texts,
            "max_num_batched_tokens": max(options.batch_tokens, length if mode in ("embed", "classify") else 0),
            "tensor_parallel_size": options.tensor_parallel,
            "disable_log_stats": True,
            "seed": 0,
        }
        if self.cpu:
            arguments |= {"enforce_eager": True, "kv_cache_memory_bytes": _cache_bytes(folder, length)}
        else:
            arguments |= {"gpu_memory_utilization": options.memory_share - _share(reserved)}
        if mode == "token_embed":
            pooler = PoolerConfig(task="token_embed", use_activation=False)
            arguments |= {"runner": "pooling", "convert": "embed", "pooler_config": pooler}
        elif mode == "embed":
            arguments |= {"runner": "pooling", "convert": "embed", "pooler_config": _pooler(facts)}
        elif mode == "generate":
            # Between the tokens of JSON a model may otherwise write white space without end.
            arguments |= {"structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True}}
        elif mode == "classify":
            arguments |= {"runner": "pooling", "convert": "classify"}
        try:
            self.llm: Any = vllm.LLM(**arguments)
        except Exception as error:  # every kind: of pydantic, torch, vLLM itself
            raise EngineError(
                f"vLLM cannot load {facts.name} ({folder}): {_first_line(error)}",
                hint="Name the engine transformers first in the facts of the model, or free memory.",
            ) from error

    @property
    def dtype(self) -> Dtype:
        """The type of the weights in memory."""
        found: Dtype = str(self.llm.llm_engine.vllm_config.model_config.dtype).removeprefix("torch.")  # type: ignore[assignment]
        return found

    def close(self) -> None:
        """Let the model go, so that another may be loaded."""
        self.llm = None
        gc.unfreeze()  # what was loaded while the engine opened is part of it
        gc.collect()


def _dtype(facts: ModelFacts, options: Options, *, cpu: bool) -> Dtype:
    """The type of the weights in memory: what is asked, else float32 on a CPU, else the model's."""
    if options.dtype != "auto":
        return options.dtype
    return "float32" if cpu else facts.dtype


def _pooler(facts: ModelFacts) -> Any:
    from vllm.config import PoolerConfig

    kinds: dict[str, Literal["LAST", "CLS", "MEAN"]] = {"last": "LAST", "first": "CLS", "mean": "MEAN"}
    return PoolerConfig(pooling_type=kinds.get(facts.read_at), use_activation=True)


def _cache_bytes(folder: Path, length: int) -> int:
    """Bytes of the key-value cache for a few texts of that length in float32."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = config.get("text_config") or config
    layers = config.get("num_hidden_layers") or config.get("n_layer") or 0
    heads = config.get("num_attention_heads") or config.get("n_head") or 1
    kept = config.get("num_key_value_heads") or heads
    width = config.get("head_dim") or (config.get("hidden_size") or config.get("n_embd") or 0) // heads
    return max(_LEAST_CACHE, int(2 * layers * kept * width * 4 * length * _CACHED_TEXTS))


def _share(reserved: int) -> float:
    """The share of a GPU that so many bytes, and room for slices of logits, take."""
    if not reserved:
        return 0.0
    import torch

    return (reserved + _OUTPUT_LAYER_ROOM) / float(torch.cuda.mem_get_info()[1])


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def refuse_own_head(facts: ModelFacts) -> None:
    """Raise OdaError for a model whose head is not of the library, which vLLM would not know."""
    if facts.module and facts.head != "fasttext":
        raise OdaError(
            f"vLLM does not know the head {facts.module!r} of {facts.name}.",
            hint="Use the engine transformers for it.",
        )
