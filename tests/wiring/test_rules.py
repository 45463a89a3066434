"""Each rule of money, its keys, jobs, logistics, plans, disputes, moderation, vendors and access has its test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: Each chapter of the domain rules, B1 to B11, and how many rules it has.
CHAPTERS = {
    "MON": 7,
    "COM": 9,
    "REF": 10,
    "REC": 8,
    "PAY": 14,
    "LED": 8,
    "IDE": 3,
    "WEB": 4,
    "JOB": 5,
    "SUB": 7,
    "ORD": 5,
    "SHP": 7,
    "STK": 5,
    "MOD": 6,
    "RVW": 1,
    "DSP": 10,
    "VEN": 3,
    "ACC": 4,
}
RULES = {f"{chapter}-{number}" for chapter, count in CHAPTERS.items() for number in range(1, count + 1)}


def quoted() -> set[str]:
    """The ids in docstrings of test functions."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                found.update(re.findall(r"\b[A-Z]{3}-\d+\b", ast.get_docstring(node) or ""))
    return found


def test_every_rule_is_named_by_a_test():
    """None is left out."""
    assert sorted(RULES - quoted()) == []
