"""The `var` folder: data, sockets, logs and the secret key of `backoffice up`, and who may enter it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

from backoffice.config import MIN_SECRET_LENGTH
from backoffice.servers.errors import StartError

#: Longest path of a Unix socket on Linux is 107 bytes.
_SOCKET_PATH_LIMIT = 100


def prepare(var: Path) -> Path:
    """Make `var` and its folders; returns its absolute path. Raises `StartError` when it cannot be written."""
    var = var.expanduser().absolute()
    try:
        # Logs are for the owner; sockets must be reached by the user that PostgreSQL runs as.
        for folder, mode in ((var, 0o755), (var / "log", 0o700), (var / "run", 0o711)):
            folder.mkdir(mode, parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
            probe.unlink()
    except OSError as error:
        raise StartError(
            f"The folder {var} cannot be written ({error.strerror}):"
            " change its permissions, or set BACKOFFICE_VAR to a folder that can."
        ) from None
    return var


def secret_key(var: Path) -> str:
    """The secret key of this installation, made once and readable by its owner only (U9)."""
    return _kept_secret(var / "secret_key", "delete it, and everyone signs in again")


def webhook_secret(var: Path) -> str:
    """What the sandbox signs its events with, made once and readable by its owner only."""
    return f"whsec_{_kept_secret(var / 'webhook_secret', 'delete it, and a new one is made')}"


def _kept_secret(path: Path, remedy: str) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    path.chmod(0o600)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < MIN_SECRET_LENGTH:
        raise StartError(f"{path} holds no usable secret key: {remedy}.")
    return key


def open_path(folder: Path) -> list[Path]:
    """Let other users pass through `folder` and its parents; returns the folders that were changed.

    Only the search bit (o+x) is added, and only where it is missing: nobody can list what is inside.
    """
    changed = []
    for place in (folder, *folder.parents):
        mode = place.stat().st_mode
        if not mode & stat.S_IXOTH:
            place.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            changed.append(place)
    return changed


def socket_folder(var: Path, name: str) -> Path:
    """A folder for the sockets of server `name`, private to whoever owns it.

    Under `var`, or in the folder for temporary files when the path under `var` is longer than a socket may have.
    """
    folder = var / "run" / name
    if len(bytes(folder / ".s.PGSQL.5432")) > _SOCKET_PATH_LIMIT:
        mark = hashlib.sha256(bytes(folder)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"backoffice-{mark}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = folder.lstat()
    except OSError as error:
        raise StartError(f"The folder {folder} cannot be made ({error.strerror}).") from None
    if not stat.S_ISDIR(mode.st_mode) or (os.geteuid() != 0 and mode.st_uid != os.geteuid()):
        raise StartError(f"The folder {folder} belongs to somebody else: remove it.")
    folder.chmod(0o700)
    return folder
