"""``python -m roomcli.load``: a part of a load in a process of its own."""

import sys

from .process import main

if __name__ == "__main__":
    sys.exit(main())
