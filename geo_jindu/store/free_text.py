"""What people write into the store in their own words: one short line, of no person."""

from collections.abc import Iterator

from geo_jindu.errors import Problem


def one_line(text: str) -> str:
    """Return a text with every run of spaces and line ends as one space."""
    return " ".join(text.split())


def text_problems(text: str, field: str, longest: int) -> Iterator[Problem]:
    """Find why a text may not be kept; what it says is never repeated.

    Characters that do not show are refused: between digits they would hide a number from the screening.
    """
    from geo_jindu.screening import holds_personal

    if len(text) > longest:
        yield Problem("written_too_long", field=field, values={"longest": longest})
    elif not text.isprintable():
        yield Problem("written_unprintable", field=field)
    elif (kind := holds_personal(text)) is not None:
        yield Problem("written_personal", field=field, values={"kind": kind})
