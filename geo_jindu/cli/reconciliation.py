"""The reconciliation of a demonstration, as a table."""

from pathlib import Path

from geo_jindu.cli.terminal import language, say, show_table
from geo_jindu.demo.check import Comparison, check_demo
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate

_HEADER = ("margin", "place", "period", "basis", "unit", "expected", "found")


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
    show_table(title, [*header, ""], [_cells(each) for each in comparisons])
    different = [each for each in comparisons if not each.is_equal]
    if different:
        values = {"number": len(different), "all": len(comparisons)}
        raise InputError([Problem("margins_differ", values=values)])
    say("margins_equal", number=len(comparisons))


def _cells(comparison: Comparison) -> list[str]:
    def say_of(section: str, key: str) -> str:
        return translate(f"{section}.{key}", language())

    return [
        say_of("margins", comparison.margin),
        comparison.county or say_of("cli", "whole_city"),
        comparison.period or say_of("cli", "all_periods"),
        say_of("bases", comparison.basis),
        say_of("units", comparison.unit),
        f"{comparison.expected:,.15g}",
        f"{comparison.found:,.15g}",
        "✓" if comparison.is_equal else "✗",
    ]
