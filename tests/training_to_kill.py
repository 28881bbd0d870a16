"""A training for a test that kills it: `python -m training_to_kill HOME ARGUMENTS`, those of `train` as JSON.

The program that trains is a child of this one, of the same group of processes, that needs no imports of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from forks import fork

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.launching import Told
from pipelines.train import train


def launch(command: Sequence[str], environment: dict[str, str], told: Told) -> None:
    from pipelines.training.worker import main

    os.waitpid(fork(lambda: main(Path(command[-1]))), 0)


if __name__ == "__main__":
    home, arguments = sys.argv[1:]
    with Lake.open(Settings.load(home=Path(home), threads=1)) as lake:
        train(lake, recipe="tiny", launch=launch, **json.loads(arguments))
