"""`python -m tests.machine [SEEDS]`: many numbered seeds of the machine on all cores, their figures at the end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

os.environ["MACHINE_SEEDS"] = sys.argv[1] if len(sys.argv) > 1 else "100"
everywhere = ("-n", "auto", "--dist", "load")
sys.exit(pytest.main([str(Path(__file__).parent), *everywhere, "-v", "-rP", "-x", "-o", "timeout=0", *sys.argv[2:]]))
