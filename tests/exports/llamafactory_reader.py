"""LLaMA-Factory in its own environment: its command, and before that its own reading of exports, in a child.

`python llamafactory_reader.py FOLDER TEMPLATES ARGUMENTS…` writes what its loader, converter, formatter and tokenisation
make of FOLDER to `read.json` there, the texts each sample is trained on by template and dataset; then it is
`llamafactory-cli ARGUMENTS…`. It takes seconds to load, and so both are done where that was done once.
"""

import json
import os
import sys
from pathlib import Path

from llamafactory.cli import main
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import DataArguments, ModelArguments
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Seq2SeqTrainingArguments


def tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of single bytes: what it decodes is what was encoded."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<end>", pad_token="<pad>")


def texts(folder: Path, name: str, template: str, *, ranking: bool) -> list[list[str]]:
    """Of each sample that is left what its token ids say; of a pair the text chosen and the one rejected."""
    bytes_ = tokenizer()
    data = DataArguments(template=template, dataset=name, dataset_dir=str(folder), cutoff_len=100_000)
    found = get_dataset(
        get_template_and_fix_tokenizer(bytes_, data),
        ModelArguments(model_name_or_path="none"),
        data,
        Seq2SeqTrainingArguments(output_dir=str(folder), report_to="none"),
        "rm" if ranking else "sft",
        bytes_,
    )["train_dataset"]
    columns = ["chosen_input_ids", "rejected_input_ids"] if ranking else ["input_ids"]
    return [[bytes_.decode(row[column]) for column in columns] for row in found]


def read(place: Path, chosen: list[str]) -> None:
    """Write the texts of all datasets of a folder by these templates."""
    entries = json.loads((place / "dataset_info.json").read_text(encoding="utf-8"))
    ranks = {name: bool(entry.get("ranking")) for name, entry in entries.items()}
    found = {
        template: {name: texts(place, name, template, ranking=ranking) for name, ranking in ranks.items()}
        for template in chosen
    }
    (place / "read.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    place, chosen = Path(sys.argv[1]), sys.argv[2].split(",")
    if (child := os.fork()) == 0:
        status = 1
        try:
            read(place, chosen)
            status = 0
        finally:
            os._exit(status)
    os.waitpid(child, 0)
    sys.argv[:3] = ["llamafactory-cli"]
    main()
