"""`python -m tests.faults`: run the crash matrix and print it as a table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.exit(pytest.main([str(Path(__file__).parent), "-s", "-q", *sys.argv[1:]]))
