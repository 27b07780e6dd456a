"""Lists as files: CSV that streams and that no spreadsheet takes for formulas, and Excel."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.errors import Invalid

BOM = "\ufeff"  # Excel reads UTF-8 only when a file begins with it
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
# A spreadsheet calculates cells that begin so, even full-width or behind spaces and
# invisible characters (OWASP, CSV injection).
FORMULA = re.compile(
    r"^[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|]"
)
CONTROL_START = ("\t", "\r", "\n")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

Cell = str | int | float | Decimal | None


def plain(value: Any) -> Cell:
    """A value as a file holds it: numbers stay numbers, moments are UTC, all else is text."""
    if isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return UNPRINTABLE.sub("", str(value))


def guard(value: Any) -> Cell:
    """`plain`, with an apostrophe before text that a spreadsheet would calculate."""
    cell = plain(value)
    if isinstance(cell, str) and (FORMULA.match(cell) or cell.startswith(CONTROL_START)):
        return f"'{cell}"
    return cell


def csv_response(
    filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """The rows as UTF-8 CSV with a byte order mark, sent while they are read."""
    response = StreamingHttpResponse(_csv_lines(header, rows), content_type="text/csv")
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = _attachment(filename, "csv")
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([guard(cell) for cell in header])
    for row in rows:
        yield writer.writerow([guard(cell) for cell in row])


def xlsx_response(
    filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> FileResponse:
    """The rows as an Excel sheet; text is written as text, so nothing in it is calculated.

    Numbers become doubles, as Excel knows no others: exact money is in the CSV.
    Raises Invalid when there are more rows than a sheet holds.
    """
    file = TemporaryFile()  # noqa: SIM115 — FileResponse closes it when it is sent
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, cell in enumerate(header):
            sheet.write_string(0, column, str(cell), bold)
        for number, row in enumerate(rows, start=1):
            if number >= SHEET_ROWS:
                raise Invalid(_("There are more rows than an Excel sheet holds. Take the CSV."))
            _write_row(sheet, number, row)
    file.seek(0)
    response = FileResponse(file, content_type=XLSX)
    response.headers["Content-Disposition"] = _attachment(filename, "xlsx")
    return response


def _write_row(sheet: Any, number: int, row: Sequence[Any]) -> None:
    for column, value in enumerate(row):
        cell = plain(value)
        if isinstance(cell, str):
            sheet.write_string(number, column, cell[:CELL_CHARACTERS])
        elif cell is not None:
            sheet.write_number(number, column, cell)


def _attachment(filename: str, ending: str) -> str:
    """Content-Disposition for a safe name, whatever the name came from."""
    return content_disposition_header(True, f"{slugify(filename) or 'export'}.{ending}") or ""
