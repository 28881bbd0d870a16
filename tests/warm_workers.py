"""The programs that train and evaluate without their ten seconds of imports: children of a process that has loaded all.

As a program it takes a line a run: module and folder; the child writes to its standard output, then a line says how
it ended.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.launching import Launch, ProgramFailed, Told

ROOT = Path(__file__).resolve().parents[1]
LOADED = (
    "trl.trainer.sft_trainer",
    "trl.trainer.sft_config",
    "lm_eval.evaluator",
    "lm_eval.tasks",
    "lm_eval.models.huggingface",
)


@contextlib.contextmanager
def serving() -> Iterator[Launch]:
    """A launcher for steps that start such programs, for as long as the context lasts."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, __file__],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        asked, answers = server.stdin, server.stdout

        def launch(command: Sequence[str], environment: dict[str, str], told: Told) -> None:
            _, flag, module, folder = command
            assert flag == "-m"
            asked.write(json.dumps([module, folder]) + "\n")
            asked.flush()
            for line in answers:
                with contextlib.suppress(ValueError):
                    said = json.loads(line) if line.startswith("{") else {}
                    if "ended" in said:
                        if said["ended"]:
                            raise ProgramFailed(f"status {said['ended']}")
                        return
                    told(said)

        yield launch
        asked.close()


def _serve() -> None:
    for module in LOADED:
        importlib.import_module(module)
    for line in sys.stdin:
        module, folder = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                importlib.import_module(module).main(Path(folder))
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("\n" + json.dumps({"ended": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
