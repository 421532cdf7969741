"""The reconciliation of a demonstration, as a table."""

from pathlib import Path

from geo_jindu.cli.terminal import language, say, show_table
from geo_jindu.demo.check import Comparison, check_demo
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate

_HEADER = ("margin", "place", "period", "basis", "expected", "found", "equal")


def show_reconciliation(directory: Path) -> None:
    """Print every margin, expected and found.

    Raises
    ------
    InputError
        If a file is missing or a margin differs.
    """
    comparisons = check_demo(directory)
    header = [translate(f"cli.{key}", language()) for key in _HEADER]
    title = translate("cli.reconciliation_title", language(), directory=directory)
    previous = ["", *(each.margin for each in comparisons)]
    rows = [
        _cells(each, is_first=each.margin != before)
        for each, before in zip(comparisons, previous, strict=False)
    ]
    show_table(title, header, rows, numbers=3)
    different = [each for each in comparisons if not each.is_equal]
    if different:
        values = {"number": len(different), "all": len(comparisons)}
        raise InputError([Problem("margins_differ", values=values)])
    say("margins_equal", number=len(comparisons))


def _cells(comparison: Comparison, *, is_first: bool) -> list[str]:
    """Return the texts of a row; only the first row of a margin names it."""

    def say_of(section: str, key: str) -> str:
        return translate(f"{section}.{key}", language())

    return [
        f"{say_of('margins', comparison.margin)} [{say_of('units', comparison.unit)}]" * is_first,
        comparison.county or say_of("cli", "whole_city"),
        comparison.period or say_of("cli", "all_periods"),
        say_of("bases", comparison.basis),
        f"{comparison.expected:,.15g}",
        f"{comparison.found:,.15g}",
        "✓" if comparison.is_equal else "✗",
    ]
