from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest

from portal.errors import Invalid
from portal.ui import export
from portal.ui.export import csv_response, guard, plain, xlsx_response


def text_of(response) -> str:
    return b"".join(response.streaming_content).decode()


def sheet_of(response) -> str:
    archive = ZipFile(BytesIO(b"".join(response.streaming_content)))
    return "".join(
        archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")
    )


@pytest.mark.parametrize(
    "evil",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", " =1",
     "\u200b=1", "|calc", "=cmd|' /C calc'!A0"],
)  # fmt: skip
def test_text_that_a_spreadsheet_would_calculate_gets_an_apostrophe(evil):
    assert guard(evil) == f"'{evil}"


@pytest.mark.parametrize("harmless", ["checkout-prod", "a=b", "佐藤", "1234-5678-9012", ""])
def test_harmless_text_is_left_alone(harmless):
    assert guard(harmless) == harmless


@pytest.mark.parametrize("number", [-5, 0, Decimal("-12.3400")])
def test_numbers_stay_numbers(number):
    assert guard(number) == number


def test_control_characters_do_not_reach_a_file():
    assert plain("a\x00b\x1bc") == "abc"


def test_moments_are_written_in_utc():
    assert plain(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02 03:04:05Z"


def test_csv_begins_with_a_byte_order_mark_and_guards_the_header_too():
    assert text_of(csv_response("x", ["=name"], [["a"]])) == "\ufeff'=name\r\na\r\n"


def test_csv_quotes_what_would_start_a_new_cell():
    assert text_of(csv_response("x", ["n"], [['a,=1"\n=2']])).endswith('"a,=1""\n=2"\r\n')


def test_csv_is_sent_while_it_is_read():
    rows = iter([["a"], ["b"]])
    stream = iter(csv_response("x", ["n"], rows).streaming_content)
    next(stream)
    assert next(rows) == ["a"]


def test_a_file_name_from_data_can_not_set_headers():
    response = csv_response('x"\r\nSet-Cookie: a=b/../é', ["n"], [])
    assert response["Content-Disposition"] == 'attachment; filename="x-set-cookie-abe.csv"'


def test_excel_holds_formulas_as_text():
    sheet = sheet_of(xlsx_response("x", ["n"], [["=1+1"], ["https://example.com"]]))
    assert "<f>" not in sheet
    assert "=1+1" in sheet


def test_excel_keeps_numbers_as_numbers():
    assert "<v>12.5</v>" in sheet_of(xlsx_response("x", ["n"], [[Decimal("12.5")]]))


def test_excel_refuses_more_rows_than_a_sheet_holds(monkeypatch):
    monkeypatch.setattr(export, "SHEET_ROWS", 2)
    with pytest.raises(Invalid):
        xlsx_response("x", ["n"], [["a"], ["b"]])
