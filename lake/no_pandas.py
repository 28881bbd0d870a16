"""Arrow and DuckDB without pandas, where that is installed for others.

Both ask whether a Python object is one of pandas, and import it for that: 50 MB and 0.15 s of every process.
"""

from __future__ import annotations

import functools
import sys
from importlib.abc import MetaPathFinder

_WITHOUT = frozenset({"lake", "scorers", "pipelines", "dagster_project", "pyarrow", "duckdb"})
"""Packages whose code gets on without pandas: those of this project, and the two themselves."""

_CONVERSION = "pyarrow.pandas_compat"
"""What Arrow does for whoever asks for a frame of pandas."""


@functools.cache
def without_pandas() -> None:
    """From now on, Arrow and DuckDB find no pandas when they look for it by themselves.

    Nothing here imports it. Whoever else does has it, and then all have: conversions to its frames work as ever.
    """
    sys.meta_path.insert(0, _NoPandas())


class _NoPandas(MetaPathFinder):
    """Refuses pandas where the innermost Python code is of these packages; finds nothing."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname != "pandas":
            return
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        name = str(frame.f_globals.get("__name__"))
        if name.partition(".")[0] in _WITHOUT and name != _CONVERSION:
            raise ModuleNotFoundError(fullname)
