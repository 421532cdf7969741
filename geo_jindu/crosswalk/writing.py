"""A crosswalk as a table an office can read, correct and give back."""

from geo_jindu.crosswalk.fields import CrosswalkFields
from geo_jindu.crosswalk.table import Crosswalk
from geo_jindu.provenance import FICTIONAL_PREFIX, MARK_COLUMNS
from geo_jindu.spreadsheets import safe_cell
from geo_jindu.texts import translate


def csv_fields() -> CrosswalkFields:
    """Return the columns of `crosswalk_csv`, which are those of the demonstration."""
    names = CrosswalkFields.model_fields
    return CrosswalkFields(**{name: translate(f"crosswalk.{name}", "zh") for name in names})


def crosswalk_csv(crosswalk: Crosswalk) -> bytes:
    """Return a crosswalk as CSV with Chinese headers, UTF-8 with BOM.

    Each row is marked real or synthetic. `read_crosswalk` reads it back equal with `csv_fields`, except
    that a text a spreadsheet would run as a formula has got an apostrophe.
    """
    frame = crosswalk.frame
    words = frame["change"].map(lambda change: translate(f"crosswalk.{change}", "zh"))
    columns = csv_fields().model_dump()
    table = frame.assign(change=words)[list(columns)].rename(columns=columns)
    fictional = (frame["from_code"] + frame["to_code"]).str.startswith(FICTIONAL_PREFIX)
    marks = fictional.map(
        {
            True: translate("crosswalk.mark_synthetic", "zh"),
            False: translate("crosswalk.mark_real", "zh"),
        }
    )
    texts = [column for name, column in columns.items() if name != "weight"]
    marked = table.assign(**table[texts].map(safe_cell), **{MARK_COLUMNS[0]: marks})
    return marked.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
