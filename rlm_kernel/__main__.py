"""`python -m rlm_kernel`: the command line, for where the `rlm` script is not on the path."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
