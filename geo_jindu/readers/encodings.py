"""Text files as Chinese offices write them: UTF-8 with or without BOM, or GB18030."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from geo_jindu.digests import shapefile_parts
from geo_jindu.errors import InputError, Problem

BLOCK = 1 << 20
"""What is decoded at a time [bytes]."""
LARGEST_ROW = 64 << 20
"""Largest row of a CSV file [bytes]."""

_CHINESE_LINE = re.compile(
    r"^(?=[^\n\udc80-\udcff]*+$)[^\n\u2e80-\uffff]*+[\u2e80-\U0010ffff]", re.MULTILINE
)
"""A line with a character from CJK on and without what ``surrogateescape`` puts for other bytes."""


def decode(content: BinaryIO, encoding: str, errors: str = "strict") -> Iterator[str]:
    """Yield the text of a file block by block, with one kind of line end."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    while block := content.read(BLOCK):
        yield newlines.decode(block)
    yield newlines.decode(b"", final=True)


def whole_lines(texts: Iterator[str], file: str) -> Iterator[str]:
    """Yield the same text in blocks that end where a line ends.

    Raises
    ------
    InputError
        If a line is larger than any row may be.
    """
    rest = ""
    for text in texts:
        end = text.rfind("\n") + 1
        if end:
            yield rest + text[:end]
            rest = ""
        rest += text[end:]
        if len(rest) > LARGEST_ROW:
            raise InputError([Problem("not_csv", file=file)])
    if rest:
        yield rest


def find_encoding(path: Path, file: str) -> str:
    """Look through a whole CSV file and return the name of its encoding.

    UTF-8 is tried first, then GB18030 (which contains GBK and GB 2312). A file with lines of both is
    refused: read as GB18030 its UTF-8 lines would turn into other Chinese characters unnoticed.

    Raises
    ------
    InputError
        If the encoding is neither, or mixed, or a quotation mark is not closed.
    """
    with path.open("rb") as content:
        if content.read(2) in {b"\xff\xfe", b"\xfe\xff"}:
            raise InputError([Problem("utf16", file=file)])
        content.seek(0)
        chinese_row, other_row, quotes = _look_through(content, file)
        if chinese_row and other_row:
            values = {"utf8_row": chinese_row, "other_row": other_row}
            raise InputError([Problem("mixed_encodings", file=file, values=values)])
        if other_row:
            content.seek(0)
            _refuse_other_bytes(content, file)
    if quotes % 2:
        raise InputError([Problem("quote_not_closed", file=file)])
    return "gb18030" if other_row else "utf-8-sig"


def _look_through(content: BinaryIO, file: str) -> tuple[int, int, int]:
    """Return the first row in Chinese UTF-8, the first not in UTF-8 (0 for none), and all quotes."""
    chinese_row, other_row, quotes, row = 0, 0, 0, 1
    for lines in whole_lines(decode(content, "utf-8", "surrogateescape"), file):
        if "\0" in lines:
            raise InputError([Problem("utf16", file=file)])
        chinese_row = chinese_row or _find_chinese(lines, row)
        other_row = other_row or _find_other(lines, row)
        quotes += lines.count('"')
        row += lines.count("\n")
    return chinese_row, other_row, quotes


def _find_chinese(lines: str, row: int) -> int:
    found = None if lines.isascii() else _CHINESE_LINE.search(lines)
    return row + lines.count("\n", 0, found.start()) if found else 0


def _find_other(lines: str, row: int) -> int:
    try:
        lines.encode("utf-8")
    except UnicodeEncodeError as error:
        return row + lines.count("\n", 0, error.start)
    return 0


def _refuse_other_bytes(content: BinaryIO, file: str) -> None:
    decoder, row, block = codecs.getincrementaldecoder("gb18030")(), 1, b" "
    while block:
        block = content.read(BLOCK)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            row += error.object[: error.start].count(b"\n")
            raise InputError([Problem("unknown_encoding", file=file, row=row)]) from None
        row += block.count(b"\n")


def dbf_encoding(shapefile: Path) -> str | None:
    """Return the encoding of a shapefile's attributes where no ``.cpg`` file states it.

    ``None`` leaves the choice to the ``.cpg`` file.
    """
    parts = shapefile_parts(shapefile)
    if ".cpg" in parts:
        return None
    if ".dbf" not in parts:
        return "utf-8"
    with parts[".dbf"].open("rb") as content:
        content.seek(8)
        content.seek(int.from_bytes(content.read(2), "little"))  # behind the binary header
        try:
            for _ in decode(content, "utf-8"):
                pass
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"
