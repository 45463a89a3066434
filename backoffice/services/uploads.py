"""Files that people send: told by their first bytes, of a bounded size, and pictures only as we draw them anew.

A picture is decoded and saved again, upright and at most 2,000 pixels a side: what a camera writes beside it (place,
device, owner) and whatever else hides in the file is gone.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from backoffice.errors import InvalidInputError
from models.media_type import MediaType

#: Bytes of a photograph as a telephone sends it. Pages that take one are in `security.requests.LARGER`.
MOST_SENT: Final = 10_000_000
#: Bytes of a picture as it is kept.
MOST_KEPT: Final = 1_500_000
PICTURES: Final = frozenset({MediaType.PNG, MediaType.JPEG})

_BEGINNINGS: Final = {
    b"%PDF-": MediaType.PDF,
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
}
_NAME: Final = 120
_SIDE: Final = 2000
#: Pixels of the file, and pixels that are held in memory: a JPEG can be decoded at an eighth of its size.
_PIXELS: Final = 60_000_000
_IN_MEMORY: Final = 24_000_000
_QUALITIES: Final = (85, 70, 50)
#: What a decoder raises for a file that is none, is cut off, or unpacks to too much.
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError, struct.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that can be kept: `content` is of `media_type`, and of at most the size that was asked for."""

    file_name: str
    media_type: MediaType
    content: bytes


def checked(file_name: str, content: bytes, *, accepted: frozenset[MediaType], most: int) -> Upload:
    """The file as it may be kept, when it is one of the `accepted` types and has `most` bytes at most.

    Pictures come back drawn anew, with at most `MOST_KEPT` bytes. Raises `InvalidInputError` at the field `file` for
    a file of another type, an empty one, one that is too large, and a picture that cannot be decoded.
    """
    if len(content) > most:
        raise _refused(f"A file has {most / 1_000_000:g} MB at most.")
    media_type = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), None)
    if media_type is None or media_type not in accepted:
        raise _refused(f"Choose a {told(accepted)} file.")
    if media_type in PICTURES:
        media_type, content = _anew(media_type, content)
    return Upload(file_name=_printable(file_name, media_type), media_type=media_type, content=content)


def told(accepted: frozenset[MediaType]) -> str:
    """The types in words: PDF, PNG or JPEG."""
    *first, last = [kind.label for kind in MediaType if kind in accepted]
    return f"{', '.join(first)} or {last}" if first else last


def _anew(media_type: MediaType, content: bytes) -> tuple[MediaType, bytes]:
    """The picture saved again: PNG stays PNG while that is small enough, anything else becomes JPEG."""
    picture = _decoded(media_type, content)
    if media_type is MediaType.PNG:
        drawn = _saved(picture, "PNG", optimize=True)
        if len(drawn) <= MOST_KEPT:
            return MediaType.PNG, drawn
    for quality in _QUALITIES:
        drawn = _saved(picture, "JPEG", quality=quality, optimize=True)
        if len(drawn) <= MOST_KEPT:
            return MediaType.JPEG, drawn
    raise _refused("This picture has too much detail to be kept. Send a smaller one.")


def _decoded(media_type: MediaType, content: bytes) -> Image.Image:
    """The bare picture on white, upright and small enough. Raises `InvalidInputError`."""
    try:
        with Image.open(io.BytesIO(content), formats=[media_type.label]) as source:
            _bounded(source, _PIXELS)
            source.draft("RGB", (_SIDE, _SIDE))
            _bounded(source, _IN_MEMORY)
            source.thumbnail((_SIDE, _SIDE))
            upright = ImageOps.exif_transpose(source).convert("RGBA")
    except _BROKEN as error:
        raise _refused("This picture cannot be read. Take or save it again and send that.") from error
    # A new picture carries nothing of the file over, not even a comment.
    bare = Image.new("RGB", upright.size, "white")
    bare.paste(upright, mask=upright)
    return bare


def _bounded(picture: Image.Image, pixels: int) -> None:
    if picture.width * picture.height > pixels:
        raise _refused(f"A picture has {_PIXELS // 1_000_000} million pixels at most. Send a smaller one.")


def _saved(picture: Image.Image, name: str, **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def _refused(sentence: str) -> InvalidInputError:
    return InvalidInputError(sentence, field="file", code="file")


def _printable(name: str, media_type: MediaType) -> str:
    """The end of the name without what is no letter, with an ending that fits a picture that became a JPEG."""
    kept = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\"')
    if media_type is MediaType.JPEG and kept.lower().endswith(".png"):
        kept = f"{kept[:-4]}.jpg"
    return kept[-_NAME:] or "document"
