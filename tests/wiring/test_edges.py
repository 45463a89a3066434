"""Who may enqueue (J1): read from the source, so that a new call is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("backoffice", "models", "views")


def calls(name: str) -> Iterator[str]:
    """Files of ours that call a method or function of this name."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    called = node.func
                    found = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
                    if found == name:
                        yield path.relative_to(ROOT).as_posix()


def test_only_the_queue_and_the_jobs_know_rq() -> None:
    """J7: no page can open RQ's job objects, whose pickles run code when they are read."""
    knows = {
        path.relative_to(ROOT).as_posix()
        for folder in CODE
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
        if name.split(".")[0] == "rq"
    }
    assert "backoffice/queue.py" in knows
    assert not [path for path in knows if not path.startswith(("backoffice/queue.py", "backoffice/jobs/"))]


def test_only_the_queue_module_enqueues() -> None:
    """J1: RQ is told by one module, which does so after the commit."""
    assert set(calls("enqueue")) == {"backoffice/queue.py"}
    assert not set(calls("enqueue_call")) | set(calls("enqueue_job")) | set(calls("enqueue_many"))
