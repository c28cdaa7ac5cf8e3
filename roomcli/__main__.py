"""Run the command line as ``python -m roomcli``, as the console script starts it."""

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
