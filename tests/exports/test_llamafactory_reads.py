"""Exports through LLaMA-Factory itself, in an environment of its own that this test makes."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from direct import write
from test_tool_calls import ANSWER, CHOSEN, LEGACY, PARALLEL, THOUGHT, WEIGHTED, WITH_CONTENT, XLAM

from lake.formats.base import Sample

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with LLaMA-Factory and its pins; PyTorch and the rest are those of this one.

    It imports torchaudio for sounds, which PyPI has for CUDA only: an empty module stands in, for there are none.
    """
    home = tmp_path_factory.mktemp("llamafactory")
    venv.create(home, with_pip=False)
    program = home / "bin" / "python"
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", str(HERE / "llamafactory.txt")]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(program), *install], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "shared.pth").write_text("\n".join(site.getsitepackages()))
    (packages / "torchaudio.py").touch()
    return program


def read(python: Path, folder: Path, template: str) -> Any:
    """What LLaMA-Factory trains on: the texts of each sample, by dataset."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder.parent / "hf")}
    done = subprocess.run(
        [str(python), str(HERE / "llamafactory_reader.py"), template, str(folder)],
        capture_output=True, text=True, env=environment, cwd=folder.parent, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


HEAD = (
    "System: You have access to the following tools:\n> Tool Name: weather\nTool Description: of a town\nTool Args:\n"
    "  - town (string, required): \nUse the following format if using a tool:\n```\nAction: tool name (one of [weather])\n"
)
ROM = 'Action: weather\nAction Input: {"town": "Rom"}'


def test_it_keeps_every_sample_and_understands_calls(python: Path, tmp_path: Path) -> None:
    samples = [PARALLEL, WITH_CONTENT, LEGACY, WEIGHTED, THOUGHT, Sample("Hi", "Ho", system="Be brief.")]
    samples += [Sample("Hi", "Ho", meta={"tools": [{"name": "f"}, {"name": "g", "parameters": XLAM}]})]
    samples += [CHOSEN, Sample("Best?", "A", rejected_response="B")]
    write("llamafactory", tmp_path / "out", *samples)
    found = read(python, tmp_path / "out", "default")
    texts = [text for (text,) in found["d"]]
    assert len(texts) == 7
    assert texts[0].startswith(HEAD)
    talks = [text[text.index("Human: ") :] for text in texts[:6]]
    asked = "Human: Weather in Rom and Oslo?\nAssistant:"
    assert talks[0] == (
        f'{asked}{ROM}\nAction: weather\nAction Input: {{"town": "Oslo"}}<end>\n'
        "Human: snow\n</tool_response>\n<tool_response>\nsun\nAssistant:Sun and snow.<end>\n"
    )
    assert talks[1] == talks[2] == f"{asked}{ROM}<end>\nHuman: sun\nAssistant:Sun and snow.<end>\n"
    assert talks[3] == f"{asked}Dunno.<end>\n{asked}Sun and snow.<end>\n"
    assert talks[4] == (
        f"{asked}<think>\ntwo towns\n</think>\n\n{ROM}<end>\n"
        "Human: sun\nAssistant:<think>\nso\n</think>\n\nSun and snow.<end>\n"
    )
    assert texts[5] == "System: Be brief.\nHuman: Hi\nAssistant:Ho<end>\n"
    assert "  - town (string, required): where\n  - days (integer): \n" in texts[6]
    assert [[text[-40:] for text in pair] for pair in found["d_pairs"]] == []


def test_a_template_with_calls_of_its_own(python: Path, tmp_path: Path) -> None:
    write("llamafactory", tmp_path / "out", PARALLEL)
    ((text,),) = read(python, tmp_path / "out", "qwen3")["d"]
    assert text.endswith(
        '<tool_call>\n{"name": "weather", "arguments": {"town": "Rom"}}\n</tool_call>\n'
        '<tool_call>\n{"name": "weather", "arguments": {"town": "Oslo"}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\nsnow\n</tool_response>\n<tool_response>\nsun\n</tool_response><|im_end|>\n"
        f"<|im_start|>assistant\n<think>\n\n</think>\n\n{ANSWER['content']}<|im_end|>\n"
    )
