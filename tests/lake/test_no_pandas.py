"""Opening and asking a lake loads no pandas, and takes it from nobody who wants it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lakes import lay

PROGRAM = """
import json, sys
from lake.catalog import Lake
from lake.relations import run
from lake.settings import Settings
with Lake.open(Settings.load(home=sys.argv[1], threads=1)) as lake:
    found = lake.query("select unnest($names) as name", {"names": ["a", "b"]})
    run(lake.connection, "text_sizes", columns=["response"], datasets=["a"]).fetchall()
    without = "pandas" not in sys.modules
    frame = found.to_pandas()
    again = lake.connection.execute("select * from frame").fetchall()
print(json.dumps([without, type(frame).__module__, frame.shape, again]))
"""


@pytest.mark.slow
def test_what_asks_a_lake_loads_no_pandas_and_others_have_it(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(lay(tmp_path / "home"))], capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == [True, "pandas", [2, 1], [["a"], ["b"]]]
