"""`python -m imports MODULE…` imports modules one after the other, then says so."""

import importlib
import sys

if __name__ == "__main__":
    for name in sys.argv[1:]:
        importlib.import_module(name)
    sys.stdout.write("\nimported\n")
