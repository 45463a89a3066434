"""What files may be imported: each kind of text and workbook, and a sentence for each that is none."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from backoffice.errors import InvalidInputError
from backoffice.services.imports import limits
from backoffice.services.imports.reading import read
from tests.support.imports import xlsx_of

HEAD = b"SKU,Stock\n"


@pytest.mark.parametrize(
    "data",
    [
        b"SKU,Name\r\nA1,M\xc3\xbchle\r\n",
        b"\xef\xbb\xbfSKU;Name\nA1;M\xc3\xbchle\n",
        b"SKU\tName\nA1\tM\xfchle\n",
        "SKU\tName\nA1\tMühle\n".encode("utf-16"),
        b'"SKU","Name"\n"A1"," M\xc3\xbchle "\n\n,\n',
        xlsx_of(["SKU", "Name"], ["A1", "Mühle"]),
        xlsx_of([], ["SKU", "Name", None], ["A1", "Mühle", "  "]),
    ],
    ids=["comma", "bom-semicolon", "cp1252-tab", "utf-16", "quoted-and-empty-lines", "xlsx", "xlsx-empty-edges"],
)
def test_the_same_sheet(data):
    sheet = read(data)
    assert sheet.headings == ["SKU", "Name"]
    assert [line.cells for line in sheet.lines] == [["A1", "Mühle"]]


def test_lines_are_counted_as_a_spreadsheet_does_and_cells_may_have_several():
    sheet = read(b'SKU,Text\nA,"one\ntwo"\nB,\nC,x\n')
    found = [(line.number, line.cells) for line in sheet.lines]
    assert found == [(2, ["A", "one\ntwo"]), (4, ["B", None]), (5, ["C", "x"])]


def test_cells_of_a_workbook_are_as_typed():
    moment = dt.datetime(2026, 3, 1, 14, 30)  # noqa: DTZ001 - workbooks know no zones
    (line,) = read(xlsx_of(list("abcdefg"), [1, 2.0, 0.1, True, moment, None, "=A2+1"])).lines
    assert line.cells[:6] == ["1", "2", "0.1", "yes", "2026-03-01T14:30:00", None]
    assert "formula" in line.cells[6]["problem"]


def test_a_cell_with_an_error_or_an_endless_text_is_a_problem_of_its_own():
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["SKU", "Stock"])
    book.active.append(["A", "#N/A"])
    book.active["B2"].data_type = "e"
    book.save(made)
    assert "error" in read(made.getvalue()).lines[0].cells[1]["problem"]
    assert "cannot be stored" in read(HEAD + b"A," + b"x" * 50_001).lines[0].cells[1]["problem"]


def _zip(*parts: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts:
            file.writestr(name, content)
    return made.getvalue()


def _with_part(name: str, content: bytes) -> bytes:
    """A workbook in which one part is another."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_of(["SKU"], ["A"]))) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return made.getvalue()


_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (b"\xff\xfe", "The file is empty."),
        (b",,\n,,\n", "The file is empty."),
        (HEAD, "headings and no rows"),
        (b"SKU,sku\nA,B\n", "Two columns are called “sku”"),
        (b"SKU,,Name\nA,B,C\n", "column 2 has no name"),
        (b"A1,12.50\nA2,7\n", "it has the number 12.50"),
        (b"x" * 121 + b",b\n1,2\n", "name of column 1 is too long"),
        (HEAD + b"A,1,2\n", "Line 2 has more cells than there are headings."),
        (HEAD + b'A,"1\n', "Line 2 cannot be read"),
        (b",".join(b"c%d" % n for n in range(61)) + b"\n", "at most 60"),
        (HEAD + b"A,1\n" * 2001, "at most 2,000"),
        (HEAD + b"\n" * 20_001 + b"A,1\n", "too many lines"),
        (b"x" * (limits.BYTES + 1), "at most 1.5 MB"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither a CSV nor an Excel file"),
        (b"SKU\nA\x00B\n", "neither a CSV nor an Excel file"),
        (b"SKU\n\x81\x8d\n", "neither a CSV nor an Excel file"),
        (b"\xef\xbb\xbfSKU\n\xff\n", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or a protected Excel file"),
        (b"PK\x03\x04 no zip", "neither a CSV nor an Excel file"),
        (_zip(("word/document.xml", b"<x/>")), "neither a CSV nor an Excel file"),
        (_zip(("a", b"0" * 31_000_000)), "This workbook is too large"),
        (_zip(*((f"p{n}", b"") for n in range(501))), "This workbook is too large"),
        (_with_part("xl/worksheets/sheet1.xml", _BOMB), "neither a CSV nor an Excel file"),
        (_with_part("xl/workbook.xml", b"<broken"), "neither a CSV nor an Excel file"),
        (xlsx_of(["SKU"], *[["A"]] * 2001), "at most 2,000"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data, says):
    with pytest.raises(InvalidInputError) as refused:
        read(data)
    assert says in refused.value.message
    assert refused.value.field == "file"
