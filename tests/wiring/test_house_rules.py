"""Rules that people must remember, made into tests: sizes, the clock, where commits happen, what may be named."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(
    path
    for folder in ("app.py", "backoffice", "models", "views")
    for path in ([ROOT / folder] if folder.endswith(".py") else (ROOT / folder).rglob("*.py"))
    if path.exists()
)
TEXTS = {".py", ".toml", ".lock", ".md", ".html", ".txt", ".js", ".css", ".cfg", ".ini", ".yml", ".sql", ".mako", ""}
LEFT_OUT = {".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache", ".import_linter_cache", "build"}
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
#: Transactions end at the edges: the request, the job runner, a command, the demo loader.
EDGES = ("backoffice/factory/", "backoffice/jobs/", "backoffice/cli/", "backoffice/demo/")
#: Time-ordered ids are made of the Unix time; the sandbox stands in for somebody else's server.
CLOCKS = ("backoffice/clock.py", "backoffice/sandbox/")
#: In pieces, so that this file does not name them either.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npmjs" + ".")


def name(path):
    return path.relative_to(ROOT).as_posix()


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def committed():
    for path in ROOT.rglob("*"):
        parts = set(path.relative_to(ROOT).parts)
        if path.is_file() and path.suffix in TEXTS and not parts & LEFT_OUT and ".egg-info" not in str(path):
            yield path


@pytest.mark.parametrize("path", CODE, ids=name)
def test_sizes(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


def calls(path, *names):
    return [
        f"{name(path)}:{node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


def test_commits_happen_at_the_edges():
    found = [place for path in CODE if not name(path).startswith(EDGES) for place in calls(path, "commit")]
    assert not found, "services may flush, never commit"


def test_one_clock():
    found = [place for path in CODE if not name(path).startswith(CLOCKS) for place in calls(path, "utcnow", "today")]
    found += [
        f"{name(path)}:{node.lineno}"
        for path in CODE
        if not name(path).startswith(CLOCKS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "now"
        and ast.unparse(node.value) in {"dt.datetime", "datetime.datetime", "datetime"}
    ]
    assert not found, "the wall clock is read in backoffice.clock only"


def test_only_the_gateway_imports_stripe():
    found = [
        f"{name(path)}:{node.lineno}"
        for path in CODE
        if not name(path).startswith("backoffice/gateways/stripe_")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "stripe" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "stripe")
    ]
    assert not found, "everything else speaks to backoffice.gateways.payments"


def test_nothing_names_a_package_registry():
    found = [
        f"{name(path)}: {word}"
        for path in committed()
        for word in REGISTRIES
        if word in path.read_text(encoding="utf-8", errors="replace")
    ]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not found
    assert "://" not in lock


def test_no_markup_in_python():
    found = [
        f"{name(path)}:{node.lineno}"
        for path in CODE
        if not name(path).startswith("backoffice/sandbox/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ("</" in node.value or "<br" in node.value)
    ]
    assert not found, "markup belongs in templates"
