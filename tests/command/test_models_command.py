"""`oda models`: what is listed, fetched from a hub, checked, and what is said where the hub cannot be reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from model_hub import COMMIT, hub

pytestmark = pytest.mark.slow

FILES = {
    "config.json": b'{"architectures": ["Qwen3ForCausalLM"], "max_position_embeddings": 64}',
    "tokenizer.json": b"{}",
    "model.safetensors": b"weights" * 1000,
    "pytorch_model.bin": b"the same once more",
    "onnx/model.onnx": b"not read",
}
MINE = 'id = "me/mine"\nhead = "causal"\nengines = ["transformers"]\nlicence = "MIT"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "mine.toml").write_text(MINE)
    (tmp_path / "facts" / "closed.toml").write_text(MINE.replace("me/mine", "me/closed"))
    return tmp_path


def oda(folder: Path, *arguments: str, endpoint: str = "http://127.0.0.1:9", **variables: str) -> Any:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(folder / "hf"),
        "ODA_MODELS": f"{folder / 'facts'}",
        "ODA_HOME": str(folder / "home"),
        "HOME": str(folder),
        **variables,
    }
    command = [sys.executable, "-m", "pipelines.command", "models", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, timeout=300)


def listed(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(oda(folder, "list", name, "--json").stdout)
    return found


def test_a_model_is_fetched_into_the_cache_listed_and_checked(folder: Path) -> None:
    before = listed(folder, "mine")
    assert (before["state"], before["needs"], before["hint"]) == ("absent", "its weights", "oda models fetch mine")
    with hub({"me/mine": FILES}) as endpoint:
        ran = oda(folder, "fetch", "mine", "--json", endpoint=endpoint)
        assert ran.returncode == 0, ran.stderr
        (report,) = json.loads(ran.stdout)
        again = json.loads(oda(folder, "fetch", "mine", "--json", endpoint=endpoint).stdout)
    assert (report["revision"], report["files"]) == (COMMIT, 3)
    assert report["bytes"] == sum(len(FILES[name]) for name in ("config.json", "tokenizer.json", "model.safetensors"))
    assert (again[0]["files"], again[0]["bytes"]) == (0, 0)
    after = listed(folder, "mine")
    assert (after["state"], after["revision"], after["needs"]) == ("here", COMMIT, "")
    assert oda(folder, "check", "mine").returncode == 0
    weights = Path(after["folder"]) / "model.safetensors"
    weights.resolve().write_bytes(b"w")
    ran = oda(folder, "check", "mine")
    assert ran.returncode == 1
    assert "model.safetensors: is not what the hub gave" in ran.stdout
    assert "oda models fetch mine" in ran.stdout


def test_a_model_is_fetched_into_a_folder_with_its_facts(folder: Path) -> None:
    with hub({"me/mine": FILES}) as endpoint:
        ran = oda(folder, "fetch", "mine", "--to", str(folder / "models"), endpoint=endpoint)
    assert ran.returncode == 0, ran.stderr
    assert (folder / "models" / "mine" / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert (folder / "models" / "mine.toml").read_text() == MINE.replace('"MIT"', '"MIT"').replace(
        'engines = ["transformers"]\n', 'engines = ["transformers"]\nweights = "./mine"\n'
    )
    found = oda(folder, "list", "mine", "--json", ODA_MODELS=str(folder / "models"))
    assert json.loads(found.stdout)["state"] == "here"
    checked = oda(folder, "check", "mine", ODA_MODELS=str(folder / "models"))
    assert (checked.returncode, "mine: sound" in checked.stdout) == (0, True)


def test_the_tokenizer_alone_is_fetched_for_a_model_behind_a_server(folder: Path) -> None:
    with hub({"me/mine": FILES}) as endpoint:
        (report,) = json.loads(oda(folder, "fetch", "mine", "--tokenizer", "--json", endpoint=endpoint).stdout)
    assert report["files"] == 2
    assert listed(folder, "mine")["state"] == "partial"


@pytest.mark.parametrize(
    ("name", "variables", "said"),
    [
        ("mine", {}, "HF_ENDPOINT names a mirror"),
        ("mine", {"HF_HUB_OFFLINE": "1"}, "Unset HF_HUB_OFFLINE"),
        ("closed", {"here": "1"}, "Accept its terms at https://huggingface.co/me/closed, then: hf auth login"),
        ("nosuch", {}, "Unknown model 'nosuch'"),
        ("gpt-4.1-nano", {}, "stays with its server"),
    ],
)
def test_what_cannot_be_fetched_says_why_and_what_else_can_be_done(
    folder: Path, name: str, variables: dict[str, str], said: str
) -> None:
    with hub({"me/closed": {}}) as endpoint:
        there = {"endpoint": endpoint} if variables.pop("here", None) else {}
        ran = oda(folder, "fetch", name, **there, **variables)
    assert ran.returncode in (1, 2)
    assert said in " ".join(ran.stderr.split())
