"""A base model of the miniature arena: a Llama of random weights, small enough to be trained on a CPU in a minute.

`python -m examples.digits.model FOLDER` makes it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from examples.digits.task import GIVES, TALE, WORDS

VOCABULARY = ("<pad>", "<end>", "<unknown>", GIVES, *WORDS, *TALE)


def make_base(folder: Path, *, hidden: int = 64, layers: int = 2, seed: int = 0) -> int:
    """Write model and tokenizer into a folder; how many parameters it has. The same seed gives the same weights."""
    import torch  # late: 2 s
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(VOCABULARY)}, unk_token="<unknown>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="<end>", unk_token="<unknown>"
    )
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(VOCABULARY),
            hidden_size=hidden,
            intermediate_size=4 * hidden,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=64,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=None,
            tie_word_embeddings=True,
        )
    )
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return int(sum(parameter.numel() for parameter in model.parameters()))


if __name__ == "__main__":
    make_base(Path(sys.argv[1]))
