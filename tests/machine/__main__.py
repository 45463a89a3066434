"""`python -m tests.machine [SEEDS]`: many numbered seeds of the machine, each with its figures; stops by itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

os.environ["MACHINE_SEEDS"] = sys.argv[1] if len(sys.argv) > 1 else "100"
sys.exit(pytest.main([str(Path(__file__).parent), "-s", "-q", "-x", "-o", "timeout=0", *sys.argv[2:]]))
