"""Every shared real set: recognised without a mapping, all rows accounted for, the first row as a person reads it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from native_files import card_rows, records_of

from lake.formats.base import Sample, Unusable
from lake.formats.detect import converter, detect


class Expected(NamedTuple):
    formats: set[str]
    instruction: str  # begins with
    response: str | None  # begins with
    reference: str | None = None
    rejected: int = 0  # rows whose text is empty in the release


def _alpaca(instruction: str, response: str) -> Expected:
    return Expected({"alpaca"}, instruction, response)


DUCKS = "Janet’s ducks lay 16 eggs per day."
CLIPS = "Natalia sold clips to 48 of her friends in April"
KHAN = "Are more people today related to Genghis Khan than Julius Caesar?"
THREE_TIPS = "Give three tips for staying healthy."
AREA = "Write a C++ program that calculates the area of a rectangle, given its width and height.\nwidth: 5, height: 8"

SETS = {
    "alpaca_52k": _alpaca(THREE_TIPS, "1.Eat a balanced diet"),
    "self_instruct_seeds": Expected(
        {"instances"}, "Is there anything I can eat for a breakfast", "Yes, you can have 1"
    ),
    "alpagasus_claude_t45": _alpaca("What is the capital of France?", "The capital of France is Paris."),
    "alpagasus_random_9k": _alpaca("Summarize the lyrics of Ed Sheeran's song", "The song 'Shape of You'"),
    "dolly_3k_filtered": _alpaca("How do I start running?", "Make sure you get comfortable running shoes"),
    "alpaca_en_demo": _alpaca("Describe a process of making crepes.", "Making crepes is an easy"),
    "alpaca_expert_revised": Expected(
        {"preference"}, "Write a blog post on how to deploy machine learning models.", "Deploying machine learning"
    ),
    "alpaca_zh_translated": _alpaca("给出三个保持健康的提示。", "1.饮食要均衡"),
    "code_alpaca_2k": _alpaca(
        "What are the distinct values from the given list?\ndataList = [3, 9, 3, 5, 7, 9, 5]", "The distinct values"
    ),
    "new_codealpaca": _alpaca(AREA, "#include <iostream>"),
    "gpteacher_codegen": _alpaca(AREA, "#include <iostream>"),
    "humaneval_rephrased": Expected({"plain_text"}, "import typing\nfrom typing import List", None, rejected=17),
    "humaneval_multi_rephrased": Expected({"plain_text"}, "```c\n#include <stdio.h>", None, rejected=55),
    "gsm8k_rephrased": Expected({"plain_text"}, "Janet's ducks produce 16 eggs each day.", "#### 18"),
    "gsm8k_train": Expected({"question_answer"}, CLIPS, "Natalia sold 48/2 = <<48/2=24>>24 clips in May."),
    "gsm8k_train_parquet": Expected({"question_answer"}, CLIPS, "Natalia sold 48/2 = <<48/2=24>>24 clips in May."),
    "gsm8k_train_cot_tsv": Expected({"headerless"}, CLIPS, "Natalia sold 48 / 2 = 24 clips in May.", "72"),
    "r1zero_gsm8k_8k": Expected({"question_answer"}, "In 6 months Bella and Bob", "18", "18"),
    "cot_aqua": _alpaca("Question: Rs. 5600 is divided into three parts", "1/7:1/7:1/14 = 2:2:1"),
    "cot_strategyqa": _alpaca(f"Answer the following question by reasoning step-by-step. {KHAN}", "Julius Caesar had"),
    "cot_strategyqa_tsv": Expected({"headerless"}, KHAN, "Julius Caesar had three children.", "yes"),
    "cot_qasc": _alpaca("What is the process by which living things", "Reproduction is the process"),
    "deepmath_5k": Expected({"openai_messages"}, "Find the least nonnegative residue of", None, "1"),
    "hh_rlhf_harmless_test": Expected(
        {"preference"}, "<|user|>\nwhat are some pranks with a pen i can do?\n<|assistant|>\nAre you", "No, sorry!  All"
    ),
    "dpo_en_demo": Expected({"preference"}, "Hi! I'd like to create a new language game", "That sounds like a fun"),
    "kto_en_demo": Expected({"openai_messages"}, "The Federal Trade Commission is going after", "Ooh ooh ah ah!"),
    "glaive_toolcall_en_demo": Expected(
        {"sharegpt"}, "<|user|>\nHi, I have some ingredients", "I'm sorry, but as an AI"
    ),
    "reason_tool_use_demo": Expected(
        {"openai_messages"}, "What are the schools near latitude 40", "<think>\nOkay, the user is asking for schools"
    ),
    "fastchat_dummy": Expected({"sharegpt"}, "<|user|>\nWho are you?\n<|assistant|>\nI am Vicuna", "You too!"),
    "emollm_data": Expected({"turn_pairs"}, "<|user|>\n医生，我最近总是感到很焦虑", "对于数学学习困难的问题"),
    "gsm8k_test": Expected({"question_answer"}, DUCKS, "Janet sells 16 - 3 - 4"),
    "gsm8k_socratic_test": Expected({"question_answer"}, DUCKS, "How many eggs does Janet sell? **"),
    "mgsm": Expected({"headerless"}, "জেনেটের হাঁসগুলি প্রতিদিন 16টি", "18", "18"),
    "gsm_plus_testmini": Expected({"question_answer"}, "Four of the women at", "The total height of the heels", "4.33"),
    "gsm_hard": Expected({"input_output"}, DUCKS, "-9867630.0", "-9867630.0"),
    "svamp": Expected(
        {"passage_question"},
        "Each pack of dvds costs 76 dollars. If there is a discount of 25 dollars on each pack\nHow much do you have",
        "51.0",
        "51.0",
    ),
    "math500": Expected(
        {"question_answer"},
        "Convert the point $(0,3)$",
        "We have that $r = \\sqrt{0^2",
        "\\left( 3, \\frac{\\pi}{2} \\right)",
    ),
    "aime24": Expected({"question_answer"}, "Every morning Aya goes for", "$\\frac{9}{s} + t = 4$", "204"),
    "roll_math_benchmarks": Expected({"openai_messages"}, "Every morning, Aya does a $9$ kilometer", None, "204"),
    "humaneval": Expected({"prompt_completion"}, "from typing import List\n\n\ndef has_close", "    for idx, elem in"),
    "humaneval_multipl_e": Expected({"prompt_only"}, "#include<assert.h>", None),
    "mbpp": Expected({"code_task"}, "Write a function to find the minimum cost path", "R = 3\r\nC = 3\r\ndef min_cost"),
    "mbpp_test": Expected({"prompt_completion"}, "Write a python function to remove first", "def remove_Occ(s,ch):"),
    "cruxeval": Expected({"code_execution"}, "def f(nums):\n    output = []", "[(4, 1), (4, 1), (4, 1)"),
    "bbh": Expected({"input_output"}, "not ( True ) and ( True ) is", "False", "False"),
    "strategyqa_bigbench": Expected({"input_output"}, "Is it common to see frost", "Yes. College commencement"),
    "agieval": Expected({"multiple_choice", "question_answer"}, "A car is being driven, in a straight line", "A", "A"),
    "aqua_test": Expected({"multiple_choice"}, "A car is being driven, in a", "Explanation :\nLet the height", "A"),
    "ifeval": Expected({"prompt_only"}, "Write a 300+ word summary of the wikipedia page", None),
    "mt_bench": Expected({"turns"}, "<|user|>\nCompose an engaging travel blog post", None),
    "self_instruct_user_eval": Expected(
        {"instances"},
        "The sentence you are given might be too wordy",
        "If you have any questions about my rate or find",
    ),
}


def _convert(folder: Path) -> tuple[set[str], list[Sample], list[str]]:
    formats: set[str] = set()
    samples: list[Sample] = []
    reasons: list[str] = []
    for path in sorted(folder.iterdir()):
        records = records_of(path)
        binding = detect(records[:100], mapping=None, headerless=path.suffix == ".tsv", file=path.name)
        formats.add(binding.format)
        convert = converter(binding)
        for record in records:
            try:
                samples += convert(record)
            except Unusable as refusal:
                reasons.append(str(refusal))
    return formats, samples, reasons


def _folder(shared_data: Path, name: str) -> Path:
    return next(folder for kind in ("datasets", "benchmarks") if (folder := shared_data / kind / name).is_dir())


@pytest.mark.parametrize("name", SETS)
def test_real_set(name: str, shared_data: Path) -> None:
    expected = SETS[name]
    formats, samples, reasons = _convert(_folder(shared_data, name))
    assert formats == expected.formats
    assert len(samples) + len(reasons) == card_rows(shared_data)[name]
    assert len(reasons) == expected.rejected, reasons[:3]
    first = samples[0]
    assert first.instruction.startswith(expected.instruction)
    assert (first.response is None) == (expected.response is None)
    assert (first.response or "").startswith(expected.response or "")
    assert first.reference_answer == expected.reference


def test_table_covers_every_set(shared_data: Path) -> None:
    assert set(SETS) | {"malformed_json_sample"} == set(card_rows(shared_data))


def test_gsm8k_gives_the_same_instructions_in_jsonl_parquet_and_tsv(shared_data: Path) -> None:
    def prompts(name: str) -> list[str]:
        return [" ".join(sample.instruction.split()) for sample in _convert(_folder(shared_data, name))[1]]

    jsonl = prompts("gsm8k_train")
    assert prompts("gsm8k_train_parquet") == jsonl
    assert len(set(prompts("gsm8k_train_cot_tsv")) & set(jsonl)) == 7473
    assert len(set(prompts("r1zero_gsm8k_8k")) & set(jsonl)) == 7473


def test_hh_rlhf_keeps_the_transcript_of_a_rejected_answer_to_another_prompt(shared_data: Path) -> None:
    _, samples, _ = _convert(_folder(shared_data, "hh_rlhf_harmless_test"))
    other = [sample for sample in samples if sample.meta is not None]
    assert len(other) == 5
    assert all(sample.meta is not None and sample.meta["rejected"].startswith("\n\nHuman:") for sample in other)
    assert all(sample.rejected_response is not None for sample in samples)


def test_new_codealpaca_drops_the_column_that_repeats_the_output(shared_data: Path) -> None:
    _, samples, _ = _convert(_folder(shared_data, "new_codealpaca"))
    assert all(sample.meta is None for sample in samples)
