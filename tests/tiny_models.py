"""Tiny models with random weights of the families that the scorers use, made once a session; no hub is asked.

`TinyModels(folder).of("qwen3")` is a folder in the layout of the hub. Heads of attention have 32 numbers, the least that
vLLM runs on a CPU. The tokenizer is a byte-level BPE of this project's own sentences, with the special tokens of ChatML,
of thinking models and of encoders; digits and "yes", "no" are single tokens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SPECIAL = ("<pad>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "[CLS]", "[SEP]", "[MASK]")
PAD, END, TURN, TURN_END = 0, 1, 2, 3

TEXTS = (
    "The quick brown fox jumps over the lazy dog while seven wizards watch from the tower.",
    "Write a function that returns the sum of two numbers, then explain each step of it.",
    "def add(a, b):\n    return a + b\n\nprint(add(19, 23))  # 42\n",
    "Janet has 3 apples and buys 12 more; how many apples does she have? She has 3 + 12 = 15 apples.",
    "Please answer yes or no. Yes, the data is of high quality. No, it is not.",
    "Ein kurzer Satz auf Deutsch, une phrase en français, una frase en español, 一个简短的句子。",
    '{"score": 7, "reason": "clear and complete"} {"Clarity": 8, "Coherence": 9, "Completeness": 6}',
    "user assistant system human question answer instruction response rating complexity quality",
)

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)

_DECODER: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 2048,
    "bos_token_id": END,
    "eos_token_id": TURN_END,
    "pad_token_id": PAD,
    "initializer_range": 0.15,
}
_ENCODER: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
    "pad_token_id": PAD,
    "initializer_range": 0.15,
}
_GPT2 = {"n_embd": 64, "n_layer": 2, "n_head": 2, "n_positions": 1024, "initializer_range": 0.15}


class TinyModels:
    """The models of a folder, made on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, family: str, *, labels: int = 0, vocabulary: int = 0, seed: int = 0, **config: Any) -> Path:
        """The folder of a model.

        - family: a key of `FAMILIES`, such as `qwen3`, `llama`, `gpt2`, `bert`, `deberta`, `modernbert`, `t5`.
        - labels: outputs of a classifier; 0 is a causal model (an encoder-decoder for t5, no head for encoders).
        - vocabulary: entries of the embedding beyond those of the tokenizer, for tests of memory.
        - config: further entries of its configuration.
        """
        further = "".join(f"-{key}={value}" for key, value in sorted(config.items()))
        target = self.folder / f"{family}-{labels}-{vocabulary}-{seed}{further}".replace("/", "_")
        if not target.is_dir():
            draft = target.with_name(target.name + ".partial")
            _make(draft, family, labels, vocabulary, seed, config)
            draft.rename(target)
        return target


def _make(folder: Path, family: str, labels: int, vocabulary: int, seed: int, changes: dict[str, Any]) -> None:
    import torch
    import transformers

    torch.manual_seed(seed)
    tokenizer = _tokenizer(encoder=FAMILIES[family][2], end=family == "t5")
    config_class, values, _, classes = FAMILIES[family]
    values = {**values, "vocab_size": max(vocabulary, len(tokenizer)), **changes}
    if labels:
        values |= {"num_labels": labels, **({"problem_type": "regression"} if labels == 1 else {})}
    config = getattr(transformers, config_class)(**values)
    model = getattr(transformers, classes[1 if labels else 0])(config).float().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.normal_(0, 0.02)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


def _tokenizer(*, encoder: bool, end: bool) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=640, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    inner.train_from_iterator(TEXTS * 4, trainer)
    if encoder:
        ids = [(token, SPECIAL.index(token)) for token in ("[CLS]", "[SEP]")]
        inner.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ids)
    elif end:
        inner.post_processor = processors.TemplateProcessing(
            "$A <|endoftext|>", "$A <|endoftext|> $B:1 <|endoftext|>:1", [("<|endoftext|>", END)]
        )
    tokens = {"pad_token": "<pad>", "eos_token": "<|endoftext|>" if end else "<|im_end|>"}
    tokens |= {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"} if encoder else {}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **tokens)
    tokenizer.chat_template = CHATML
    return tokenizer


_LM, _CLS = "ForCausalLM", "ForSequenceClassification"
_T5 = {
    "d_model": 64,
    "d_kv": 32,
    "d_ff": 96,
    "num_layers": 2,
    "num_heads": 2,
    "pad_token_id": PAD,
    "eos_token_id": END,
    "decoder_start_token_id": PAD,
}

FAMILIES: dict[str, tuple[str, dict[str, Any], bool, tuple[str, str]]] = {
    "llama": ("LlamaConfig", _DECODER, False, ("Llama" + _LM, "Llama" + _CLS)),
    "qwen2": (
        "Qwen2Config",
        {key: value for key, value in _DECODER.items() if key != "head_dim"},
        False,
        ("Qwen2" + _LM, "Qwen2" + _CLS),
    ),
    "qwen3": ("Qwen3Config", _DECODER, False, ("Qwen3" + _LM, "Qwen3" + _CLS)),
    "qwen3_base": ("Qwen3Config", _DECODER, False, ("Qwen3Model", "Qwen3" + _CLS)),
    "gpt2": (
        "GPT2Config",
        {**_GPT2, "bos_token_id": END, "eos_token_id": END, "pad_token_id": PAD},
        False,
        ("GPT2LMHeadModel", "GPT2" + _CLS),
    ),
    "bert": ("BertConfig", _ENCODER, True, ("BertModel", "Bert" + _CLS)),
    "deberta": (
        "DebertaV2Config",
        {**_ENCODER, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 64},
        True,
        ("DebertaV2Model", "DebertaV2" + _CLS),
    ),
    "modernbert": (
        "ModernBertConfig",
        {**_ENCODER, "cls_token_id": 6, "sep_token_id": 7, "bos_token_id": 6, "eos_token_id": 7},
        True,
        ("ModernBertModel", "ModernBert" + _CLS),
    ),
    "t5": ("T5Config", _T5, False, ("T5ForConditionalGeneration", "T5" + _CLS)),
}
"""Configuration class, its values, whether it is an encoder, and the classes without and with labels."""
