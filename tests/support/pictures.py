"""Pictures for tests: small ones, large ones, and files that only look like one."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

#: EXIF tags: which side is up, who made it, and where.
ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825


def photo(size: tuple[int, int] = (40, 20), *, format: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:  # noqa: A002
    """A picture whose left half is red."""
    picture = Image.new(mode, size, "white")
    picture.paste("red" if mode in {"RGB", "RGBA"} else 0, (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def from_camera() -> bytes:
    """A photograph that lies on its side and says whose it is and where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = 6, "Alice Quagga"
    exif.get_ifd(GPS)[2] = (59.0, 54.0, 0.0)
    return photo(exif=exif, comment=b"Alice Quagga was here")


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it is huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    packed = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
              for name, data in chunks]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
