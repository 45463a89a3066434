"""The list of explained survivors and the settings of mutmut speak of code that is there."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from pathlib import Path

import pytest

from tests.mutants import survivors
from tests.mutants.survivors import Change, verdict

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("change", "why"), survivors.explained().items(), ids=str)
def test_an_explained_change_is_of_a_line_that_is_there(change, why):
    """So that an edit of the line does not wait for the next `make mutants` to be seen."""
    module, _, function = change.of.rpartition(".")
    source = inspect.getsource(getattr(importlib.import_module(module), function))
    assert change.was in source
    assert change.becomes not in source
    assert why


def test_the_settings_name_files_that_are_there():
    """mutmut says nothing when a file that it should change is gone."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    for name in settings["only_mutate"] + settings["pytest_add_cli_args_test_selection"]:
        assert (ROOT / name).is_file(), name


def test_exactly_the_explained_ones_may_survive(capsys):
    """One more is refused, and so is one less."""
    alive = dict.fromkeys(survivors.explained(), "number 1, survived")
    assert verdict(alive) == 0
    assert verdict(alive | {Change("backoffice.money.exact", "a", "b"): "number 2, survived"}) == 1
    assert "No test notices (number 2, survived): backoffice.money.exact" in capsys.readouterr().out
    assert verdict(dict(list(alive.items())[1:])) == 1
    assert "Does not survive any more" in capsys.readouterr().out
