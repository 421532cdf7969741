"""Text files as Chinese offices write them: UTF-8 with or without BOM, or GB18030."""

from pathlib import Path

from geo_jindu.digests import shapefile_parts
from geo_jindu.errors import InputError, Problem

_FIRST_CJK = "\u2e80"


def decode_text(content: bytes, file: str) -> str:
    """Return ``content`` as text.

    UTF-8 is tried first, then GB18030 (which contains GBK and GB 2312). A file with lines of both is
    refused: read as GB18030 its UTF-8 lines would turn into other Chinese characters unnoticed.

    Raises
    ------
    InputError
        If the encoding is neither, or mixed.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise InputError([Problem("utf16", file=file)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    lines = content.splitlines()
    utf8_row = next((row for row, line in enumerate(lines, 1) if _is_chinese_utf8(line)), None)
    if utf8_row is not None:
        other = next(row for row, line in enumerate(lines, 1) if not _is_utf8(line))
        values = {"utf8_row": utf8_row, "other_row": other}
        raise InputError([Problem("mixed_encodings", file=file, values=values)])
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise InputError([Problem("unknown_encoding", file=file, row=row)]) from None


def dbf_encoding(shapefile: Path) -> str | None:
    """Return the encoding of a shapefile's attributes where no ``.cpg`` file states it.

    ``None`` leaves the choice to the ``.cpg`` file.
    """
    parts = shapefile_parts(shapefile)
    if ".cpg" in parts:
        return None
    content = parts[".dbf"].read_bytes() if ".dbf" in parts else b""
    rows = content[int.from_bytes(content[8:10], "little") :]  # behind the binary header
    return "utf-8" if _is_utf8(rows) else "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese_utf8(line: bytes) -> bool:
    return not line.isascii() and _is_utf8(line) and max(line.decode("utf-8")) >= _FIRST_CJK
