"""The console script `backoffice`: every module of this package is one command, found by its file name."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Any

import click

from backoffice.config import ConfigError
from backoffice.errors import DomainError, TransientError
from backoffice.servers import running
from backoffice.servers.errors import StartError

#: These start servers of their own, or need none.
_ALONE = frozenset({"up", "sandbox"})
_REFUSALS = (ConfigError, DomainError, StartError, TransientError)


class Commands(click.Group):
    """Imports a command when it is asked for, and turns refusals into one sentence and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the modules, `_` being private."""
        return sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `command` of the module of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Say a refusal in one sentence, without a traceback."""
        try:
            return super().invoke(ctx)
        except _REFUSALS as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="marketplace-backoffice")
@click.pass_context
def main(ctx: click.Context) -> None:
    """The marketplace back-office.

    `backoffice up` starts everything on this machine. The other commands work on the copy that runs under the same
    BACKOFFICE_VAR (default: ./var), or on DATABASE_URL and REDIS_URL when they are set.
    """
    if ctx.invoked_subcommand not in _ALONE:
        running.adopt(os.environ)
