"""Keyword files as people have them: each kind of export, each encoding, each way in which a row can be bad."""

# ruff: noqa: RUF001 - the exports are full of dashes and widths that look like others

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8_engine.errors import EngineError
from igny8_engine.keyword_files import MAX_BYTES, KeywordRow, read_keywords
from igny8_engine.keyword_files.errors import (
    EmptyKeywordFileError,
    KeywordFileError,
    KeywordFileTooLargeError,
    NoPhraseColumnError,
    NotACsvError,
)

SAMPLE = Path(__file__).parents[3] / "include" / "sample" / "keywords.csv"
PLAIN = "Keyword,Volume,Difficulty,Intent\nespresso ratio,3600,24,informational\nwdt tool,4400,31.5,transactional\n"
PLAIN_ROWS = (
    KeywordRow(2, "espresso ratio", 3600, 24.0, "informational"),
    KeywordRow(3, "wdt tool", 4400, 31.5, "transactional"),
)
GOOGLE_HEADER = (
    "Keyword\tCurrency\tAvg. monthly searches\tThree month change\tYoY change\tCompetition\t"
    "Competition (indexed value)\tTop of page bid (low range)\tTop of page bid (high range)\tAd impression share\t"
    "Organic impression share\tOrganic average position\tIn account?\tIn plan?"
)
GOOGLE = "\r\n".join(
    (
        "Keyword Stats 2026-03-02 at 09_14_55",
        '"February 1, 2025 - January 31, 2026"',
        GOOGLE_HEADER,
        "espresso machine descaling\tEUR\t1K – 10K\t0%\t0%\tHigh\t98\t0.31\t1.20\t\t\t\t\t",
        "descale without vinegar\tEUR\t10 – 100\t0%\t900%\tMedium\t41\t\t\t\t\t\t\t",
        "limescale in boiler\tEUR\t320\t0%\t0%\tLow\t\t\t\t\t\t\t\t",
        "",
    )
)


def phrases(data: bytes) -> list[str]:
    return [row.phrase for row in read_keywords(data).rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(delimiter: str, newline: str) -> None:
    found = read_keywords(PLAIN.replace(",", delimiter).replace("\n", newline).encode())
    assert found.rows == PLAIN_ROWS
    assert (found.format, found.total_rows, found.merged, found.rejected) == ("csv", 2, 0, ())
    assert found.columns == {
        "phrase": "Keyword",
        "volume": "Volume",
        "difficulty": "Difficulty",
        "intent": "Intent",
    }


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xff\xfe" + PLAIN.encode("utf-16-le"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-32"),
        ("sep=,\n" + PLAIN).encode(),
    ],
    ids=["utf-8 mark", "utf-16", "le", "be", "le no mark", "be no mark", "utf-32", "sep line"],
)
def test_every_encoding(data: bytes) -> None:
    found = read_keywords(data)
    assert [(row.phrase, row.volume) for row in found.rows] == [("espresso ratio", 3600), ("wdt tool", 4400)]


def test_windows_1252_is_the_last_resort() -> None:
    assert phrases("Keyword;Volumen\nKaffeemühle für zuhause;90\ncafé crème;10\n".encode("cp1252")) == [
        "Kaffeemühle für zuhause",
        "café crème",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_google_keyword_planner(encoding: str) -> None:
    found = read_keywords(GOOGLE.encode(encoding), "Keyword Stats.csv")
    assert found.format == "google_keyword_planner"
    assert found.rows == (
        KeywordRow(4, "espresso machine descaling", 3162, 98.0),
        KeywordRow(5, "descale without vinegar", 32, 41.0),
        KeywordRow(6, "limescale in boiler", 320, None),
    )
    assert found.rejected == ()
    assert found.columns["difficulty"] == "Competition (indexed value)"


def test_google_keyword_planner_in_german() -> None:
    text = (
        "Keyword Stats 2026-03-02 at 09_14_55\n1. Februar 2025 - 31. Januar 2026\n"
        "Keyword\tWährung\tDurchschnittl. Suchanfragen pro Monat\tWettbewerb\tWettbewerb (indexierter Wert)\n"
        "siebträger entkalken\tEUR\t1 Tsd. – 10 Tsd.\tHoch\t88\n"
    )
    found = read_keywords(text.encode("utf-16"))
    assert found.format == "google_keyword_planner"
    assert found.rows == (KeywordRow(4, "siebträger entkalken", 3162, 88.0),)


def test_ahrefs() -> None:
    text = (
        '"#","Keyword","Country","Difficulty","Volume","CPC","CPS","Parent Keyword","Last Update","SERP Features",'
        '"Global volume","Traffic potential","First seen","Intents"\n'
        '"1","how to descale an espresso machine","us","24","5400","0.9","0.81","descale espresso machine",'
        '"2026-02-27","Image pack, Sitelinks","8900","3400","2016-03-01","Informational, Branded"\n'
        '"2","descaling tablets","us","","1,300","1.4","","descaling tablets","2026-02-27","","2100","","2017-01-01",'
        '"Branded, Commercial, Transactional"\n'
    )
    found = read_keywords(text.encode("utf-8-sig"))
    assert found.format == "ahrefs"
    assert found.rows == (
        KeywordRow(2, "how to descale an espresso machine", 5400, 24.0, "informational"),
        KeywordRow(3, "descaling tablets", 1300, None, "commercial"),
    )
    assert found.columns["volume"] == "Volume"


def test_ahrefs_with_a_column_for_each_intent() -> None:
    text = (
        "#\tKeyword\tCountry\tDifficulty\tVolume\tParent Topic\tInformational\tCommercial\tTransactional\n"
        "1\twdt tool\tus\t31\t4400\twdt\tfalse\tfalse\ttrue\n2\twhat is wdt\tus\t5\t90\twdt\ttrue\tfalse\tfalse\n"
    )
    found = read_keywords(text.encode("utf-16"))
    assert [row.intent for row in found.rows] == ["transactional", "informational"]
    assert found.columns["intent"] == "Informational, Commercial, Transactional"


def test_semrush() -> None:
    text = (
        "Keyword,Intent,Volume,Trend,Keyword Difficulty,CPC (USD),Competitive Density,SERP Features,Number of Results\n"
        'best hand grinder,"C, T","12,100","0.8,0.8,1",47,0.55,1,"Reviews, Image",61000000\n'
        "grind size,I,n/a,,n/a,0,0,,0\nlogin page,N,0-10,,12.5,0,0,,0\n"
    )
    found = read_keywords(text.encode())
    assert found.format == "semrush"
    assert found.rows == (
        KeywordRow(2, "best hand grinder", 12100, 47.0, "commercial"),
        KeywordRow(3, "grind size", None, None, "informational"),
        KeywordRow(4, "login page", 3, 12.5, "navigational"),
    )


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("SEARCH_TERM,search-volume", "volume"),
        ("Suchbegriff;Suchvolumen", "volume"),
        ("palabra clave;Volumen de búsqueda", "volume"),
        ("Mot-clé;Volume", "volume"),
        ("Query\tMonthly Searches", "volume"),
        (" keyword | KD% ", "difficulty"),
        ("keywords,Volume (US)", "volume"),
    ],
)
def test_columns_are_known_by_many_names(header: str, field: str) -> None:
    delimiter = next(char for char in ",;\t|" if char in header)
    found = read_keywords(f"{header}\npour over{delimiter}17\n".encode())
    assert found.rows[0].phrase == "pour over"
    assert getattr(found.rows[0], field) == 17
    assert field in found.columns


def test_columns_that_mean_nothing_are_left_alone() -> None:
    found = read_keywords(b"id,notes,Keyword,Competition\n1,n,flat white,Low\n")
    assert found.rows == (KeywordRow(2, "flat white"),)
    assert found.columns == {"phrase": "Keyword"}


@pytest.mark.parametrize(
    ("cell", "volume"),
    [
        ("1,300", 1300), ("1.300", 1300), ("1 300", 1300), ("1\u202f300", 1300), ("1'300", 1300),
        ("1,234,567", 1234567),
        ("1234.0", 1234), ("2.4K", 2400), ("1,5 Tsd.", 1500), ("1.2M", 1_200_000), ("10K-100K", 31623), ("0-10", 3),
        ("100 to 1000", 316), ("<10", 3), (">100K", 100_000), ("1M+", 1_000_000), ("0", 0), ("", None), ("n/a", None),
        ("-", None), ("–", None), ("１２３", 123),
    ],
)  # fmt: skip
def test_volumes_as_the_tools_write_them(cell: str, volume: int | None) -> None:
    found = read_keywords(f"Keyword;Volume\ncrema;{cell}\n".encode())
    assert found.rejected == ()
    assert found.rows[0].volume == volume


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",100,5,", "The phrase is missing."),
        ("x" * 201 + ",1,1,", "201 characters"),
        ("grinder,abc,5,", "'abc' is not a number of searches"),
        ("grinder,1-2-3,5,", "'1-2-3' is not a number of searches"),
        ("grinder,-5,5,", "'-5' is negative"),
        ("grinder,1e9,5,", "'1e9' is not a number"),
        ("grinder,99999999999,5,", "larger than any"),
        ("grinder,5,hard,", "'hard' is not a number from 0 to 100"),
        ("grinder,5,101,", "'101' is not a number from 0 to 100"),
        ("grinder,5,-1,", "'-1' is not a number from 0 to 100"),
        ("grinder,5,5,curious", "'curious' is none of informational"),
        ("grinder,5", "The row has 2 columns, the header 4."),
        ("grinder,5,5,I,more", "The row has 5 columns, the header 4."),
        ("grin\x07der,5,5,I", "control character U+0007"),
        ("grinder\ufffd,5,5,I", "can't be decoded"),
        ('"grinder,5,5,I', "never closed"),
        ('"grinder" x,5,5,I', "quotation marks"),
    ],
)
def test_a_bad_row_is_reported_and_the_others_are_taken(row: str, reason: str) -> None:
    found = read_keywords(f"Keyword,Volume,Difficulty,Intent\nfirst,1,1,I\n{row}\nlast,2,2,C\n".encode())
    assert [kept.phrase for kept in found.rows] == ["first", "last"]
    assert len(found.rejected) == 1
    assert found.rejected[0].line == 3
    assert reason in found.rejected[0].reason
    assert found.rejected[0].text == row[:200]
    assert found.total_rows == 3


def test_a_stray_quotation_mark_inside_a_phrase_is_a_character() -> None:
    assert phrases(b'Keyword,Volume\n24" portafilter,10\nother,20\n') == ['24" portafilter', "other"]


def test_line_numbers_count_quoted_newlines_and_blank_lines() -> None:
    found = read_keywords(b'Keyword,Volume\n\n"flat\nwhite",10\n,,\nlatte,abc\ncortado,5\n')
    assert found.rows == (KeywordRow(3, "flat white", 10), KeywordRow(7, "cortado", 5))
    assert [(bad.line, bad.text) for bad in found.rejected] == [(6, "latte,abc")]
    assert found.total_rows == 3


def test_duplicates_are_merged_with_the_larger_volume_and_filled_gaps() -> None:
    text = (
        "Keyword,Volume,Difficulty,Intent\nFlat White,10,,\nlatte,1,1,I\nflat  white,90,22,\n"
        "ｆｌａｔ ｗｈｉｔｅ,50,60,C\n"
    )
    found = read_keywords(text.encode())
    assert found.rows == (
        KeywordRow(2, "Flat White", 90, 22.0, "commercial"),
        KeywordRow(3, "latte", 1, 1.0, "informational"),
    )
    assert (found.merged, found.total_rows) == (2, 4)


def test_a_list_of_phrases_needs_no_header() -> None:
    found = read_keywords(b"how to steam milk\nlatte art\n\nlatte art\n")
    assert [(row.line, row.phrase) for row in found.rows] == [(1, "how to steam milk"), (2, "latte art")]
    assert (found.merged, found.total_rows, found.columns) == (1, 3, {})


def test_a_list_of_phrases_may_have_a_header() -> None:
    assert phrases(b"Keyword\nhow to steam milk\nlatte art\n") == ["how to steam milk", "latte art"]


def test_emoji_and_right_to_left_phrases() -> None:
    wanted = ["☕️ espresso 👨‍👩‍👧", "ماكينة قهوة", "מכונת אספרסו", "エスプレッソ 作り方", "кофемашина"]
    text = "Keyword,Volume\n" + "".join(f"{phrase},10\n" for phrase in wanted)
    assert phrases(text.encode()) == wanted


def workbook() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "a PNG image"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (workbook(), "an Excel workbook (XLSX)"),
        (b"PK\x03\x04broken", "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "an old Excel workbook"),
        (b"\x1f\x8b\x08gzip", "a gzip archive"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (b'{"keywords": ["a", "b"]}', "a JSON document"),
        (bytes(range(256)) * 8, "a binary file"),
        (b"\x01\x02\x03\x04\x05\x06text", "a binary file"),
    ],
)
def test_other_kinds_of_files_are_named(data: bytes, kind: str) -> None:
    with pytest.raises(NotACsvError) as refused:
        read_keywords(data, "keywords.csv")
    assert kind in refused.value.message
    assert "'keywords.csv'" in refused.value.message
    assert "CSV" in str(refused.value.hint)
    assert refused.value.status == 422


@pytest.mark.parametrize("data", [b"", b"   \n\r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file(data: bytes) -> None:
    with pytest.raises(EmptyKeywordFileError, match="is empty"):
        read_keywords(data)


@pytest.mark.parametrize("data", [b"Keyword,Volume\n", b"Keyword,Volume\n,\n\n", b"Keyword"])
def test_a_header_alone(data: bytes) -> None:
    with pytest.raises(EmptyKeywordFileError, match="no keywords below it") as refused:
        read_keywords(data, "k.csv")
    assert "'Keyword'" in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("data", [b"name,age\nann,7\nbob,8\n", b"Volume\n10\n20\n", b"a;b;c\n1;2;3\n"])
def test_no_column_of_phrases(data: bytes) -> None:
    with pytest.raises(NoPhraseColumnError) as refused:
        read_keywords(data, "people.csv")
    assert repr(data.decode().split("\n")[0].replace(";", ",").split(",")[0]) in refused.value.message
    assert "'Keyword'" in str(refused.value.hint)


def test_fifty_megabytes_are_refused_at_once() -> None:
    data = b"k,v\n" * (50 * 1024 * 1024 // 4)
    start = time.process_time()
    with pytest.raises(KeywordFileTooLargeError, match=r"50\.0 MiB; at most 10 MiB") as refused:
        read_keywords(data, "all.csv")
    assert time.process_time() - start < 0.2
    assert refused.value.status == 413
    assert refused.value.hint
    assert isinstance(refused.value, KeywordFileError)
    assert isinstance(refused.value, EngineError)


def test_the_largest_file_is_read() -> None:
    row = b"a search phrase about espresso number %07d,1300,24,informational\n"
    text = bytearray(b"Keyword,Volume,Difficulty,Intent\n")
    count = 0
    while len(text) + len(row) + 8 < MAX_BYTES:
        text += row % count
        count += 1
    found = read_keywords(bytes(text))
    assert len(found.rows) == found.total_rows == count


def test_a_quotation_mark_that_never_closes_costs_one_row_only() -> None:
    rows = "".join(f"phrase {number},10\n" for number in range(200))
    found = read_keywords(f'Keyword,Volume\n"open,10\n{rows}'.encode())
    assert (len(found.rows), [bad.line for bad in found.rejected]) == (200, [2])


def test_a_row_longer_than_the_csv_reader_takes_is_rejected_not_raised() -> None:
    found = read_keywords(b'Keyword,Volume\n"' + b"x" * 200_000 + b'",10\nlatte,5\n')
    assert [row.phrase for row in found.rows] == ["latte"]
    assert [bad.line for bad in found.rejected] == [2]


@given(st.binary(max_size=400))
def test_any_bytes_give_a_file_or_a_typed_error(data: bytes) -> None:
    try:
        found = read_keywords(data)
    except KeywordFileError:
        return
    assert found.total_rows == len(found.rows) + found.merged + len(found.rejected)


@given(st.text(max_size=300))
def test_no_row_is_dropped_silently(text: str) -> None:
    try:
        found = read_keywords(("Keyword,Volume\nfirst,1\n" + text).encode("utf-8", "replace"))
    except NotACsvError:
        return
    assert found.total_rows == len(found.rows) + found.merged + len(found.rejected)
    assert len({row.line for row in found.rows} | {bad.line for bad in found.rejected}) == len(found.rows) + len(
        found.rejected
    )


def test_the_sample_is_clean() -> None:
    found = read_keywords(SAMPLE.read_bytes(), SAMPLE.name)
    assert (found.rejected, found.merged) == ((), 0)
    assert len(found.rows) >= 300
    assert all(row.volume is not None and row.difficulty is not None and row.intent for row in found.rows)
