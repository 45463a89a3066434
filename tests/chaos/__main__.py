"""`python -m tests.chaos [SEEDS]`: many numbered seeds of chaos, each with its figures; stops by itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

os.environ["CHAOS_SEEDS"] = sys.argv[1] if len(sys.argv) > 1 else "20"
sys.exit(pytest.main([str(Path(__file__).parent), "-s", "-q", "-x", *sys.argv[2:]]))
