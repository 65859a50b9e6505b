"""`python -m rlm_kernel.cli`, for where the `rlm` script is not on the path."""

import sys

from . import main

sys.exit(main())
