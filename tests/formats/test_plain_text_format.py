"""A single text is split only where its marks leave no doubt."""

from __future__ import annotations

import pytest

from lake.formats.base import Sample
from lake.formats.detect import converter, detect


def convert(text: str) -> Sample:
    binding = detect([{"text": text}], mapping=None)
    assert binding.format == "plain_text"
    (sample,) = converter(binding)({"text": text})
    return sample


@pytest.mark.parametrize(
    ("text", "sample"),
    [
        ("Question: 1+1?\nAnswer: 2", Sample("1+1?", "2")),
        ("Question: 1+1?\nAnswer: \n#### 2", Sample("1+1?", "#### 2")),
        ("### Instruction:\nAdd.\n\n### Response:\n2", Sample("Add.", "2")),
        ("Below is a task.\n\n### Instruction:\nAdd.\n\n### Input:\n1 1\n\n### Response:\n2",
         Sample("Add.\n1 1", "2", system="Below is a task.")),
        ("\n\nHuman: Hi\n\nAssistant: Hello", Sample("Hi", "Hello")),
        ("### Human: Hi### Assistant: Hello", Sample("Hi", "Hello")),
        ("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello",
         Sample("Hi", "Hello", system="Be kind.")),
    ],
)  # fmt: skip
def test_marked_texts(text: str, sample: Sample) -> None:
    assert convert(text) == sample


@pytest.mark.parametrize(
    "text",
    [
        "Once upon a time.",
        "Question: 1+1?\nAnswer: 2\nQuestion: 2+2?\nAnswer: 4",
        "Read this.\nQuestion: 1+1?\nAnswer: 2",
        "Question: 1+1?\nAnswer:",
        "Answer: 2\nQuestion: 1+1?",
        "### Response:\n2\n### Instruction:\nAdd.",
        "### Instruction:\nAdd.\n### Response:\n2\n### Instruction:\nAdd.\n### Response:\n2",
        "\n\nHuman: Hi",
        "\n\nAssistant: Hello\n\nHuman: Hi",
        "\n\nHuman: Hi\n\nHuman: Hey\n\nAssistant: Hello",
    ],
)
def test_doubtful_texts_stay_whole(text: str) -> None:
    assert convert(text) == Sample(text)
