"""`backoffice vendor`: front-end libraries from their npm packages, and the icons in use as one sprite."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

import click

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "backoffice" / "static"
FOLDER = STATIC / "vendor"
#: How templates, Python and scripts name an icon, and how a stylesheet asks for one as a mask.
_IN_CODE = re.compile(r"""\bicon(?:=|\(|: )["']([a-z0-9-]+)["']""")
_IN_STYLES = re.compile(r"vendor/icons/([a-z0-9-]+)\.svg")
_SVG = "http://www.w3.org/2000/svg"
_LINES = {
    "viewBox": "0 0 24 24",
    "fill": "none",
    "stroke": "currentColor",
    "stroke-width": "1.75",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}


@click.command()
def command() -> None:
    """Take the front-end libraries from their npm packages anew.

    Reads backoffice/static/vendor/packages.toml; needs npm. Icons are those that the code names.
    """
    for package in packages():
        with tempfile.TemporaryDirectory() as folder:
            content = _fetched(package, Path(folder))
            for source, target in {**package["files"], **package["licence"]}.items():
                (FOLDER / target).write_bytes(_trimmed(content[source]))
            if "icons" in package:
                _draw(content, package["icons"])
        click.echo(f"{package['name']} {package['version']}")


def packages() -> list[dict[str, Any]]:
    """What packages.toml names: name, version, integrity, files and licence of each."""
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / "packages.toml").read_text(encoding="utf-8"))["package"]
    return found


def icons_named() -> set[str]:
    """Names of the icons that templates, Python and scripts show from the sprite."""
    return set(
        _names(_IN_CODE, ("templates/**/*.html", "views/**/*.py", "backoffice/**/*.py", "backoffice/static/js/*.js"))
    )


def masks_named() -> set[str]:
    """Names of the icons that stylesheets show as masks, a file each."""
    return set(_names(_IN_STYLES, ("backoffice/static/css/*.css",)))


def _names(pattern: re.Pattern[str], places: tuple[str, ...]) -> Iterator[str]:
    for place in places:
        for path in ROOT.glob(place):
            yield from pattern.findall(path.read_text(encoding="utf-8"))


def _fetched(package: Mapping[str, Any], folder: Path) -> dict[str, bytes]:
    """The files of the package by their path, checked against its integrity."""
    wanted = f"{package['name']}@{package['version']}"
    said = subprocess.run(  # noqa: S603 - a name and a version of packages.toml, to the npm that PATH finds
        ["npm", "pack", wanted, "--json", "--pack-destination", str(folder)],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    )
    (told,) = json.loads(said.stdout)
    if told["integrity"] != package["integrity"]:
        raise click.ClickException(f'{wanted} has integrity = "{told["integrity"]}"; packages.toml says otherwise.')
    with tarfile.open(folder / told["filename"].replace("@", "").replace("/", "-")) as archive:
        members = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive if member.isfile()}
        return {name: member.read() for name, member in members.items() if member is not None}


def _trimmed(content: bytes) -> bytes:
    """Without the address of a source map, which is not served."""
    return re.sub(rb"\n?(?://# |/\*# )sourceMappingURL=[^\n*]*(?: ?\*/)?\s*$", b"\n", content)


def _draw(content: Mapping[str, bytes], folder: str) -> None:
    """Write the sprite, and a file for each mask. Raises `KeyError` for a name that is no icon."""
    ET.register_namespace("", _SVG)
    sprite = Element(f"{{{_SVG}}}svg")
    for name in sorted(icons_named()):
        symbol = SubElement(sprite, f"{{{_SVG}}}symbol", {"id": name, **_LINES})
        drawn = ET.fromstring(content[f"{folder}/{name}.svg"])  # noqa: S314 - the package was checked
        # The first shape of each is the invisible square that it was drawn in.
        symbol.extend(shape for shape in drawn if "stroke" not in shape.attrib)
        symbol.tail = "\n"
    (FOLDER / "icons.svg").write_bytes(ET.tostring(sprite) + b"\n")
    (FOLDER / "icons").mkdir(exist_ok=True)
    for old in (FOLDER / "icons").glob("*.svg"):
        old.unlink()
    for name in masks_named():
        (FOLDER / "icons" / f"{name}.svg").write_bytes(content[f"{folder}/{name}.svg"] + b"\n")
