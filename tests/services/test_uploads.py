"""Files that people send: what is taken, and what becomes of pictures."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from backoffice.errors import InvalidInputError
from backoffice.services import uploads
from models.media_type import MediaType
from tests.support.pictures import bomb, from_camera, photo

_ALL = frozenset(MediaType)


def _kept(content: bytes, name: str = "a.jpg", accepted: frozenset[MediaType] = uploads.PICTURES) -> uploads.Upload:
    return uploads.checked(name, content, accepted=accepted, most=uploads.MOST_SENT)


def _seen(upload: uploads.Upload) -> Image.Image:
    return Image.open(io.BytesIO(upload.content))


def test_a_document_is_kept_as_it_came() -> None:
    upload = _kept(b"%PDF-1.7 made up", "../pass\nport.pdf", _ALL)
    assert (upload.file_name, upload.media_type, upload.content) == (
        "..passport.pdf", MediaType.PDF, b"%PDF-1.7 made up"
    )  # fmt: skip


def test_a_photograph_is_upright_and_tells_nothing_of_who_took_it_where() -> None:
    """GDP-1: the picture goes on, what the camera wrote beside it does not."""
    sent = from_camera()
    assert b"Quagga" in sent
    upload = _kept(sent)
    picture = _seen(upload)
    assert (upload.media_type, picture.size) == (MediaType.JPEG, (20, 40))
    assert picture.getpixel((10, 5))[1] < 80 < picture.getpixel((10, 35))[1]
    assert not picture.getexif()
    assert b"Quagga" not in upload.content
    assert "comment" not in picture.info


@pytest.mark.parametrize(
    ("mode", "name"), [("RGBA", "PNG"), ("L", "PNG"), ("1", "PNG"), ("CMYK", "JPEG"), ("L", "JPEG")]
)
def test_every_mode_becomes_plain_colours(mode: str, name: str) -> None:
    upload = _kept(photo(format=name, mode=mode))
    assert (upload.media_type.label, _seen(upload).mode) == (name, "RGB")


def test_what_hides_behind_a_picture_is_gone() -> None:
    """A file that is a picture and a page at once is only a picture afterwards."""
    assert b"<script>" not in _kept(photo() + b"<script>alert(1)</script>").content


def test_a_large_photograph_is_scaled_down() -> None:
    assert _seen(_kept(photo((6000, 4000)))).size == (2000, 1333)


def test_a_png_that_is_too_large_to_keep_becomes_a_jpeg() -> None:
    noise = Image.frombytes("RGB", (900, 900), random.Random(7).randbytes(900 * 900 * 3))
    file = io.BytesIO()
    noise.save(file, "PNG")
    upload = _kept(file.getvalue(), "noise.png")
    assert (upload.file_name, upload.media_type) == ("noise.jpg", MediaType.JPEG)
    assert len(upload.content) <= uploads.MOST_KEPT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a PNG or JPEG file."),
        (b"Dear all,\n", "Choose a PNG or JPEG file."),
        (b"<svg onload=alert(1)>", "Choose a PNG or JPEG file."),
        (b"%PDF-1.7", "Choose a PNG or JPEG file."),
        (b"\xff\xd8\xffDear all", "This picture cannot be read."),
        (photo()[:300], "This picture cannot be read."),
        (photo(format="PNG")[:-30], "This picture cannot be read."),
        (bomb(), "This picture cannot be read."),
        (bomb(9000, 9000), "60 million pixels at most"),
        (bomb(6000, 5000), "60 million pixels at most"),
        (photo().ljust(uploads.MOST_SENT + 1), "A file has 10 MB at most."),
    ],
)  # fmt: skip
def test_refuses_in_words(content: bytes, sentence: str) -> None:
    """A text that is named .jpg, half a picture, and a small file that unpacks to gigabytes."""
    with pytest.raises(InvalidInputError) as refused:
        _kept(content)
    assert sentence in refused.value.message
    assert refused.value.field == "file"


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_refuses_whatever_a_broken_file_does_to_the_decoder() -> None:
    """A picture with wrong bytes is read or refused, and never a crash."""
    dice = random.Random(11)
    for good in (from_camera(), photo(format="PNG", mode="RGBA")):
        for _ in range(150):
            broken = bytearray(good)
            for _ in range(dice.randint(1, 4)):
                broken[dice.randrange(4, len(broken))] = dice.randrange(256)
            try:
                _kept(bytes(broken))
            except InvalidInputError as refused:
                assert refused.field == "file"  # noqa: PT017
