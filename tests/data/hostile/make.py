"""Writes the hostile corpus: `python tests/data/hostile/make.py FOLDER`; cases.yaml has the fates.

Everything is deterministic; only this script is committed, because some files are large and many are no text.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

COLUMNS = ("order_id", "line_no", "sku", "quantity", "unit_price", "ordered_at", "note")
HEADER = ",".join(COLUMNS)
Content = str | bytes


def line(order: str, number: int = 1, quantity: str = "2", price: str = "4.50", note: str = "", **fields: str) -> str:
    """One well-formed comma-separated record; orders differ between files, so no two share a key."""
    at, sku = fields.get("at", "2024-01-05 10:00:00"), fields.get("sku", "A-1")
    return f"{order},{number},{sku},{quantity},{price},{at},{note}"


def text(*records: str, header: str = HEADER, end: str = "\n") -> str:
    """A whole file: header, records, a final line end."""
    return end.join([*([header] if header else []), *records]) + end


def semicolons(comma_separated: str) -> str:
    """The same records with semicolons (fields must hold no comma, or be written as {comma})."""
    return comma_separated.replace(",", ";").replace("{comma}", ",")


def good(order: str) -> str:
    """A file of two good records."""
    return text(line(order, 1), line(order, 2))


def zipped(name: str, content: str) -> bytes:
    """A zip archive without the time of day in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 5, 0, 0, 0)), content)
    return target.getvalue()


def packed(content: Content) -> bytes:
    """A gzip member without a time."""
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)


def record(order: str, number: int = 1, **changed: object) -> str:
    """One well-formed JSON record."""
    fields: dict[str, object] = dict(
        zip(COLUMNS, (order, number, "A-1", 2, 4.5, "2024-01-05 10:00:00", "x"), strict=True)
    )
    return json.dumps(fields | changed, ensure_ascii=False)


def comma_files() -> dict[str, Content]:
    """Structure: empty, headers, quotes, line ends, blanks, field counts."""
    plain = line("uq", 2)
    return {
        "good.csv": good("good"),
        "empty.csv": b"",
        "only_newline.csv": "\n",
        "only_bom.csv": b"\xef\xbb\xbf",
        "header_only.csv": HEADER + "\n",
        "header_without_line_end.csv": HEADER,
        "no_final_line_end.csv": good("nofinal").rstrip("\n"),
        "bom.csv": b"\xef\xbb\xbf" + good("bom").encode(),
        "bom_twice.csv": b"\xef\xbb\xbf" * 2 + good("bom2").encode(),
        "bom_quoted_header.csv": b"\xef\xbb\xbf" + good("bomq").replace(HEADER, quoted(HEADER)).encode(),
        "bom_in_second_record.csv": text("\ufeff" + line("bomrec")),
        "quoted_header.csv": good("qh").replace(HEADER, quoted(HEADER)),
        "padded_header.csv": good("pad").replace(HEADER, HEADER.replace(",", " ,\t")),
        "reordered_header.csv": text(
            "4.50,ro,1,A-1,2,2024-01-05 10:00:00",
            header="unit_price,order_id,line_no,sku,quantity,ordered_at",
        ),
        "header_twice.csv": text(line("h2", 1), HEADER, line("h2", 2)),
        "header_upper_case.csv": good("huc").replace(HEADER, HEADER.upper()),
        "header_duplicate_name.csv": good("hdn").replace("note", "sku"),
        "header_missing_column.csv": text("hm,1,A-1,2,4.50", header="order_id,line_no,sku,quantity,unit_price"),
        "header_other_delimiter.csv": semicolons(good("hod")),
        "header_unknown_column.csv": text(line("huk") + ",x", header=HEADER + ",colour"),
        "header_trailing_delimiter.csv": text(line("htd") + ",", header=HEADER + ","),
        "optional_column_absent.csv": text("oca,1,A-1,2,4.50,2024-01-05 10:00:00", header=HEADER.removesuffix(",note")),
        "no_header.csv": text(line("nh", 1), line("nh", 2), header=""),
        "trailing_delimiter.csv": text(line("td", 1) + ",", line("td", 2)),
        "missing_last_field.csv": text(line("ml", 1), "ml,2,A-1,2,4.50,2024-01-05 10:00:00", line("ml", 3)),
        "blank_lines.csv": text(line("bl", 1), "", line("bl", 2), "", ""),
        "line_of_blanks.csv": text(line("lb", 1), "   ", line("lb", 2)),
        "cr_only.csv": text(line("cr", 1), line("cr", 2), end="\r"),
        "crlf.csv": text(line("crlf", 1), line("crlf", 2, note='"two\r\nlines"'), end="\r\n"),
        "mixed_line_ends.csv": f"{HEADER}\r\n{line('mix', 1)}\n{line('mix', 2)}\r{line('mix', 3)}\r\n",
        "quoted_breaks.csv": text(line("qb", 1, note='"first\nsecond, with comma\n\nfourth"'), line("qb", 2)),
        "doubled_quotes.csv": text(line("dq", 1, note='"a ""quoted"" word"'), line("dq", 2, note='""""')),
        "bare_quote.csv": text(line("bq", 1, note='5" pipe'), line("bq", 2, note=' "not opening"')),
        "text_after_quote.csv": text(line("taq", 1, note='"2"x'), line("taq", 2)),
        "quoted_empty.csv": text(line("qe", 1, note='""')),
        "unclosed_quote_first.csv": text(line("uq", 1, note='"open'), plain, line("uq", 3)),
        "unclosed_quote_middle.csv": text(line("uq", 1), line("uq", 2, note='"open'), line("uq", 3)),
        "unclosed_quote_last.csv": text(line("uq", 1), plain, line("uq", 3, note='"open')),
        "unclosed_quote_header.csv": text(plain, header=HEADER.replace("note", '"note')),
        "quote_swallows_a_record.csv": text(line("qs", 1, note='"open'), line("qs", 2, note='"closed"'), line("qs", 3)),
    }


def quoted(header: str) -> str:
    """Every name in double quotes."""
    return ",".join(f'"{name}"' for name in header.split(","))


def byte_files() -> dict[str, Content]:
    """Bytes: archives, binaries, broken text, sizes."""
    two = packed(text(line("gz2", 1))) + packed(line("gz2", 2) + "\n")
    return {
        "zip_renamed.csv": zipped("orders.csv", good("zip")),
        "office_document.csv": zipped("xl/workbook.xml", "<workbook/>"),
        "pdf.csv": b"%PDF-1.7\n" + b"1 0 obj\n" * 20,
        "png.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "parquet.csv": b"PAR1" + bytes(range(256)) + b"PAR1",
        "sqlite.csv": b"SQLite format 3\0" + bytes(100),
        "random_bytes.csv": bytes((i * 167 + 13) % 256 for i in range(4096)),
        "many_nul_bytes.csv": HEADER.encode() + b"\n" + bytes(500),
        "nul_byte.csv": text(line("nul", 1, note="a\0b"), line("nul", 2)),
        "nul_byte_in_quotes.csv": text(line("nulq", 1, note='"a\0\nb"'), line("nulq", 2)),
        "escape_characters.csv": text(line("esc", 1, note="\x1b[31mred"), line("esc", 2, note="bell\x07")),
        "utf16_undeclared.csv": good("u16").encode("utf-16"),
        "utf16_without_mark.csv": good("u16n").encode("utf-16-le"),
        "invalid_utf8.csv": text(line("iu", 1)).encode()
        + b"iu,2,A-1,2,4.50,2024-01-05 10:00:00,caf\xe9\n"
        + line("iu", 3).encode(),
        "overlong_utf8.csv": text(line("ou", 1)).encode() + b"ou,2,A-1,2,4.50,2024-01-05 10:00:00,\xc0\xaf\n",
        "surrogate_utf8.csv": text(line("su", 1)).encode() + b"su,2,A-1,2,4.50,2024-01-05 10:00:00,\xed\xa0\x80\n",
        "invalid_utf8_header.csv": HEADER.encode() + b",caf\xe9\n",
        "gzip.csv.gz": packed(good("gz")),
        "gzip_two_members.csv.gz": two,
        "gzip_trailing_garbage.csv.gz": packed(good("gzt")) + b"garbage",
        "gzip_truncated.csv.gz": packed(good("gztr"))[:-9],
        "gzip_wrong_sum.csv.gz": packed(good("gzs"))[:-8] + bytes(8),
        "gzip_of_nothing.csv.gz": packed(b""),
        "gzip_twice.csv.gz.gz": packed(packed(good("gzgz"))),
        "not_gzip.csv.gz": good("notgz"),
        "gzip_named_csv.csv": packed(good("gzn")),
        "bz2.csv.bz2": bz2.compress(good("bz").encode()),
        "bz2_truncated.csv.bz2": bz2.compress(good("bzt").encode())[:-6],
        "bz2_trailing_garbage.csv.bz2": bz2.compress(good("bzg").encode()) + b"garbage",
        "unpacking_bomb.csv.gz": packed(HEADER.encode() + b"\n" + b"0" * 18_000_000),
        "bz2_bomb.csv.bz2": bz2.compress(HEADER.encode() + b"\n" + b"0" * 18_000_000),
        "too_large.csv": text(*[line("tl", n, note="x" * 90) for n in range(145_000)]),
        "ten_megabyte_field.csv": text(line("tmf", 1), line("tmf", 2, note="x" * 10_000_000), line("tmf", 3)),
        "ten_megabyte_quoted_field.csv": text(line("tmq", 1, note='"' + "x\n" * 5_000_000 + '"'), line("tmq", 2)),
        "record_too_large.csv": text(line("rtl", 1), line("rtl", 2, note="x" * 11_000_001)),
    }


def value_files() -> dict[str, Content]:
    """Values: what casts and rules must refuse, and what they must not."""
    quantities = [
        "-0",
        "-0.000",
        "0",
        "1" * 30,
        "1e5",
        "NaN",
        "Infinity",
        "1.5.2",
        "0x1F",
        "1_000",
        "--1",
        "+3",
        "abc",
    ]
    dates = [
        "2010-02-30",
        "2023-02-29",
        "2024-02-29 23:59:59",
        "2024-13-01",
        "2024-01-05 25:00:00",
        "05/01/2024",
        "yesterday",
        "1704448800",
    ]
    spaces = [
        "1\u2009234.50",
        "1\u202f234.50",
        "1\u00a0234.50",
        "1 234.50",
        "\u00a04.50\u00a0",
        " 4.50 ",
        "\u200f4.50",
        "4\u200b.50",
    ]
    notes = [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "-2+3",
        "👩‍👩‍👧 🎁",
        "e\u0301 é",
        "\u202edesrever",
        "NULL",
        "n/a",
        "<script>",
        "'; drop table x; --",
        "𝔘𝔫𝔦 ﬁ ½",
        "ﷺ",
    ]
    return {
        "quantities.csv": text(*[line("qty", n, quantity) for n, quantity in enumerate(quantities)]),
        "decimal_comma.csv": text(line("dc", 1, price='"1,5"'), line("dc", 2, '"1,000"')),
        "negative_amounts.csv": text(
            line("neg", 1, "-1", "-4.50"), line("neg", 2, "1", "-4.50"), line("neg", 3, "0", "1" * 30)
        ),
        "dates.csv": text(*[line("dat", n, at=date) for n, date in enumerate(dates)]),
        "spaces_in_numbers.csv": text(*[line("spc", n, price=price) for n, price in enumerate(spaces)]),
        "formula_cells.csv": text(line("for", 1, "=1+1"), line("for", 2, "+cmd"), line("for", 3, sku="=HYPERLINK(1)")),
        "notes.csv": text(*[line("note", n, note=note) for n, note in enumerate(notes)]),
        "everything_wrong.csv": text(line("all", 1, "x", "y", at="z"), line("all", 2, "-1", "y", at="z")),
        "exact_duplicates.csv": text(line("dup", 1), line("dup", 1), line("dup", 2), line("dup", 1)),
        "same_key_other_text.csv": text(line("key", 1, "2"), line("key", 1, "3")),
        "duplicate_across_a.csv": text(line("across", 1)),
        "duplicate_across_b.csv": text(line("across", 1), line("across", 2)),
        "refused_duplicates.csv": text(line("rdup", 1, "0"), line("rdup", 1, "0")),
    }


def dialect_files() -> dict[str, Content]:
    """Other dialects, encodings and formats; the folder is the feed."""
    french = [
        line("fr", n, price=p)
        for n, p in enumerate(
            [
                "1\u202f234{comma}50",
                "1\u00a0234{comma}50",
                "1 234{comma}50",
                "4{comma}50",
                "4.50",
                "1{comma}2{comma}3",
            ]
        )
    ]
    return {
        "french/spaces.csv": semicolons(text(*french)),
        "windows/euro.csv": text(line("eur", 1, note="5 € “fine”")).encode("cp1252"),
        "windows/undefined_bytes.csv": text(line("und", 1)).encode()
        + b"".join(line("und", 2 + n).encode() + bytes([b]) + b"\n" for n, b in enumerate(b"\x81\x8d\x8f\x90\x9d")),
        "windows/utf8_mark.csv": b"\xef\xbb\xbf" + good("wutf").encode(),
        "latin/euro.csv": text(line("lat", 1, note="5 € Šœ")).encode("iso-8859-15"),
        "utf16/little_endian.csv": good("ule").replace(",", "\t").encode("utf-16"),
        "utf16/big_endian.csv": b"\xfe\xff" + text(line("ube", 1, note="é𝔘")).replace(",", "\t").encode("utf-16-be"),
        "utf16/odd_length.csv": good("uol").replace(",", "\t").encode("utf-16") + b"\n",
        "utf16/lone_surrogate.csv": b"\xff\xfe"
        + text(line("uls", 1, note="\ud800"), line("uls", 2)).replace(",", "\t").encode("utf-16-le", "surrogatepass"),
        "utf16/without_mark.csv": good("uwm").replace(",", "\t").encode("utf-16-le"),
        "headless/plain.csv": text(line("hl", 1), line("hl", 2), header=""),
        "headless/bom.csv": "\ufeff" + text(line("hlb", 1), "only,two", header=""),
        "backslash/escapes.csv": text(
            line("bs", 1, note='"a \\"word\\" \\\\ C:\\temp"'),
            line("bs", 2, note="\\N"),
            line("bs", 3, note="a\\,b"),
            line("bs", 4, note='""""'),
        ),
        "backslash/escape_at_end.csv": text(line("be", 1), line("be", 2, note="x\\")).rstrip("\n"),
        "backslash/escape_in_open_quote.csv": text(line("bq", 1), line("bq", 2, note='"x\\"')),
        "pipes/quotes_mean_nothing.csv": text(line("pq", 1, note='"half'), line("pq", 2, note='a"b"')).replace(
            ",", "|"
        ),
        "keep/unknown_columns.csv": text(
            line("ku", 1) + ",red,", line("ku", 2) + ',"",7', header=HEADER + ",colour,size"
        ),
        "lines/records.jsonl": json_lines(),
        "lines/bom_and_crlf.jsonl": "\ufeff" + record("jb", 1) + "\r\n" + record("jb", 2) + "\r\n",
        "lines/unknown_key.jsonl": record("ju", 1) + "\n" + record("ju", 2, colour="red") + "\n",
        "lines/not_json.jsonl": good("jn"),
        "document/nested.json": '{"page": 1, "result": {"orders": [\n'
        + record("jd", 1)
        + ",\n "
        + record("jd", 2, note={"a": [1, 2.50]})
        + ' ]}, "x": "]"}',
        "document/bad_elements.json": '{"result": {"orders": ['
        + record("je", 1)
        + ',{"order_id": NaN},7,{"a":1,"a":2},'
        + record("je", 5, note="]},{")
        + "]}}",
        "document/no_records.json": '{"result": {"orders": [ ]}}',
        "document/truncated.json": '{"result": {"orders": [' + record("jt", 1) + "," + record("jt", 2)[:-9],
        "document/cut_after_records.json": '{"result": {"orders": [' + record("jc", 1) + "]}",
        "document/trailing_comma.json": '{"result": {"orders": [' + record("jtc", 1) + ",]}}",
        "document/no_such_path.json": '{"results": {"orders": []}}',
        "document/not_json.json": good("jnj"),
        "document/nesting_bomb.json": '{"result": {"orders": ['
        + record("jx", 1)
        + ","
        + "[" * 100_000
        + "]" * 100_000
        + "]}}",
        "text/log.txt": log_lines(),
    }


def json_lines() -> bytes:
    """Good and bad records, one a line."""
    bad = [
        record("jl", 1).replace("4.5", "1.10").replace('"quantity": 2', '"quantity": -0.0'),
        record("jl", 2, note=None),
        '{"order_id": "jl", "line_no": NaN}',
        record("jl", 4)[:-1] + ",}",
        "",
        '{"order_id": "jl", "order_id": "jl"}',
        record("jl", 7).replace('"x"', '"\\ud800"'),
        '["jl"]',
        '{"order_id": ' + "[" * 100_000 + "]" * 100_000 + "}",
        "{" + '"order_id": "jl"',
        record("jl", 11, quantity="2", note="tab\tand 🎁"),
        record("jl", 12, quantity=10**29),
        record("jl", 13, quantity=True),
        record("jl", 14, note=["nested", {"deep": 1.0}]),
        "NaN",
        "\ufeff" + record("jl", 16),
    ]
    return "\n".join(bad).encode() + b"\n" + b'{"order_id": "\xff"}\n'


def log_lines() -> bytes:
    """Lines for the text feed's pattern."""
    at = "2024-01-05 10:00:00"
    good_lines = [f"tx 1 A-1 2 4.50 [{at}] a note", f"tx 2 A-1 0 4.50 [{at}]"]
    return "\n".join([*good_lines, "garbage", "", f"tx 5 A-1 2 4.50 [{at}] tab\t"]).encode() + b"\r\ntx 6 \xff\n"


FOLDERS: dict[str, Callable[[], dict[str, Content]]] = {
    "comma/": lambda: comma_files() | byte_files() | value_files(),
    "": dialect_files,
}


def make(folder: Path) -> list[str]:
    """Write all files below the folder and return their names."""
    names = []
    for prefix, files in FOLDERS.items():
        for name, content in files().items():
            target = folder / (prefix + name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
            names.append(prefix + name)
    return names


if __name__ == "__main__":
    make(Path(sys.argv[1]))
