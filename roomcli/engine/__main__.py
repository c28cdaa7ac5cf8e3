"""``python -m roomcli.engine``, as a frontend starts it."""

import sys

from .process import main

sys.exit(main())
