"""Programs that end with the program that started them."""

from __future__ import annotations

import os
import threading
import time


def end_with(parent: int) -> None:
    """End this process, from a thread of its own, once its parent is another than this one."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
