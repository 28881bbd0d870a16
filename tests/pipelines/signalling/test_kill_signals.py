"""A run of a model's axes that is killed: nothing lost but the chunk in hand, nothing twice, the engine gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lakes import lay
from scoring_lake import fill
from tiny_models import TinyModels
from tiny_zoo import zoo

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import plan, score

pytestmark = pytest.mark.slow

TEXTS = [(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(120)]

RUN = """
import sys
from pathlib import Path
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score
from pipelines.signalling import asked
asked.CHUNK_ROWS = 10
with Lake.open(Settings.load(home=Path(sys.argv[1]), models=(Path(sys.argv[2]),), threads=1)) as lake:
    score(lake, axes=["ppl", "upd"])
"""


@pytest.mark.timeout(900)
def test_kill_then_run_again_asks_only_what_is_pending(tmp_path: Path, tiny: TinyModels) -> None:
    models = zoo(tmp_path / "models", tiny)
    home = lay(tmp_path / "home")
    with Lake.open(Settings.load(home=home, threads=1)) as lake:
        fill(lake, "sums", TEXTS)  # type: ignore[arg-type]
    process = subprocess.Popen([sys.executable, "-c", RUN, str(home), str(models)], stderr=subprocess.DEVNULL)
    files = home / "files" / "main" / "token_signals"
    deadline = time.monotonic() + 600
    while len(list(files.rglob("*.parquet"))) < 3 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with Lake.open(Settings.load(home=home, models=(models,), threads=1)) as lake:
        ((held,),) = lake.rows("select count(*) from token_signals")
        assert 20 <= held < 120
        (planned,) = plan(lake, axes=["ppl", "upd"]).inputs
        assert (planned.held, planned.to_run) == (held, 120 - held)
        report = score(lake, axes=["ppl", "upd"])
        assert [part.computed for part in report.inputs] == [120 - held]
        assert lake.rows("select count(*), count(distinct content_id) from token_signals") == [(120, 120)]
        assert lake.rows("select axis, count(*), count(value) from scores group by axis order by axis") == [
            ("ppl", 120, 120),
            ("upd", 120, 120),
        ]
