"""Exports through LLaMA-Factory itself, in an environment of its own that this test makes."""

from __future__ import annotations

import json
import site
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from direct import write
from lakes import fresh
from sample_rows import put
from test_tool_calls import ANSWER, CHOSEN, LEGACY, PARALLEL, THOUGHT, WEIGHTED, WITH_CONTENT, XLAM
from tiny_models import TinyModels

from lake.formats.base import Sample
from pipelines.train import TrainReport, losses, train

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
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"]
    pins = ["-r", str(HERE / "llamafactory.txt")]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(program), *install, *pins], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "shared.pth").write_text("\n".join(site.getsitepackages()))
    (packages / "torchaudio.py").touch()
    return program


@dataclass(frozen=True)
class Worked:
    """What LLaMA-Factory did: a training, what the lake says of it, and the texts of exported samples that it reads."""

    report: TrainReport
    again: TrainReport
    losses: list[dict[str, Any]]
    read: dict[str, dict[str, list[list[str]]]]


@pytest.fixture(scope="module")
def worked(python: Path, tiny: TinyModels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """Its command trains once, after the same process has read what was exported."""
    folder = tmp_path_factory.mktemp("read")
    write("llamafactory", folder / "out", *SAMPLES)
    command = folder / "llamafactory-cli"
    reader = f'"{HERE / "llamafactory_reader.py"}" "{folder / "out"}" default,qwen3'
    command.write_text(f'#!/bin/sh\nexec "{python}" {reader} "$@"\n')
    command.chmod(0o700)
    few = {"template": "default", "max_steps": 20, "save_steps": 20}
    with pytest.MonkeyPatch.context() as patch, fresh(folder / "home", threads=1) as lake:
        patch.setenv("ODA_LLAMAFACTORY", str(command))
        patch.setenv("OMP_NUM_THREADS", "1")  # threads of a small model wait for one another
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(folder / "hf"))
        patch.delenv("PYTHONPATH", raising=False)
        put(lake, "sums", [Sample(f"{n} and {n}?", f"That is {2 * n}.") for n in range(60)])
        once = partial(
            train, lake, "sums", recipe="tiny", base=str(tiny.of("llama")), backend="llamafactory", changed=few
        )
        report = once()
        read = json.loads((folder / "out" / "read.json").read_text())
        yield Worked(report, once(), losses(lake, report.run), read)


@pytest.fixture
def read(worked: Worked) -> dict[str, dict[str, list[list[str]]]]:
    """What LLaMA-Factory trains on: the texts of each sample, by template and dataset."""
    return worked.read


SAMPLES = [
    PARALLEL,
    WITH_CONTENT,
    LEGACY,
    WEIGHTED,
    THOUGHT,
    Sample("Hi", "Ho", system="Be brief."),
    Sample("Hi", "Ho", meta={"tools": [{"name": "f"}, {"name": "g", "parameters": XLAM}]}),
    CHOSEN,
    Sample("Best?", "A", rejected_response="B"),
]
HEAD = (
    "System: You have access to the following tools:\n> Tool Name: weather\nTool Description: of a town\nTool Args:\n"
    "  - town (string, required): \n\nUse the following format if using a tool:\n```\nAction: tool name (one of [weather])\n"
)
ASKS = "Human: Weather in Rom and Oslo?<end>\nAssistant:"
ROM = 'Action: weather\nAction Input: {"town": "Rom"}'


def test_it_drops_no_sample(read: Any) -> None:
    counts = {(template, name): len(rows) for template, found in read.items() for name, rows in found.items()}
    assert counts == {("default", "d"): 7, ("default", "d_pairs"): 2, ("qwen3", "d"): 7, ("qwen3", "d_pairs"): 2}


def test_its_formatter_understands_calls(read: Any) -> None:
    texts = [text for (text,) in read["default"]["d"]]
    assert texts[0].startswith(HEAD)
    talks = [text[text.index("Human: ") :] for text in texts]
    assert talks[0] == (
        f'{ASKS}{ROM}\nAction: weather\nAction Input: {{"town": "Oslo"}}<end>\n'
        "Human: snow\n</tool_response>\n<tool_response>\nsun<end>\nAssistant:Sun and snow.<end>\n"
    )
    assert talks[1] == talks[2] == f"{ASKS}{ROM}<end>\nHuman: sun<end>\nAssistant:Sun and snow.<end>\n"
    assert talks[3] == f"{ASKS}Dunno.<end>\n{ASKS}Sun and snow.<end>\n"
    assert talks[4] == (
        f"{ASKS}<think>\ntwo towns\n</think>\n\n{ROM}<end>\n"
        "Human: sun<end>\nAssistant:<think>\nso\n</think>\n\nSun and snow.<end>\n"
    )
    assert texts[5].startswith("System: Be brief.")
    assert talks[5] == "Human: Hi<end>\nAssistant:Ho<end>\n"
    assert "  - town (string, required): where\n  - days (integer): \n" in texts[6]


def test_pairs_of_calls_and_of_texts(read: Any) -> None:
    called, plain = read["default"]["d_pairs"]
    assert [text[text.index("Human: ") :] for text in called] == [
        f"{ASKS}{ROM}<end>\n",
        f"{ASKS}{ROM.replace('Rom', 'Roma')}<end>\n",
    ]
    assert plain == ["Human: Best?<end>\nAssistant:A<end>\n", "Human: Best?<end>\nAssistant:B<end>\n"]


def test_a_template_with_a_form_of_its_own_for_calls(read: Any) -> None:
    assert read["qwen3"]["d"][0][0].endswith(
        '<tool_call>\n{"name": "weather", "arguments": {"town": "Rom"}}\n</tool_call>\n'
        '<tool_call>\n{"name": "weather", "arguments": {"town": "Oslo"}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\nsnow\n</tool_response>\n<tool_response>\nsun\n</tool_response><|im_end|>\n"
        f"<|im_start|>assistant\n<think>\n\n</think>\n\n{ANSWER['content']}<|im_end|>\n"
    )


def test_it_trains_on_a_dataset_and_its_logs_come_back(worked: Worked) -> None:
    report = worked.report
    assert (report.steps, report.backend) == (20, "llamafactory")
    assert report.loss is not None
    assert (Path(report.path) / "model.safetensors").is_file()
    assert [row["step"] for row in worked.losses] == [10, 20]
    assert worked.again.known
