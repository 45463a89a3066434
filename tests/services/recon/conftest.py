"""A money worker in this process, with the real gateway and the sandbox it talks to."""

from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.webhooks.conftest import inbox

__all__ = ["inbox", "sandbox", "sandbox_process"]
