"""What files that people send may be; the database stores the name that browsers know."""

from __future__ import annotations

from backoffice.enums import LabelledEnum


class MediaType(LabelledEnum):
    """Told by the first bytes of a file, never by its name or by what the browser says."""

    PDF = "application/pdf", "PDF"
    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
