"""Releasing counts to a tier: small ones are hidden and none of them can be worked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geo_jindu.suppression.audit import find_solved_rows
from geo_jindu.suppression.complement import hide_complements
from geo_jindu.suppression.facts import Fact, facts_that_hold, merge_facts
from geo_jindu.suppression.rows import RowKind, list_rows
from geo_jindu.suppression.rules import Rule
from geo_jindu.suppression.statements import Statements, make_statements
from geo_jindu.suppression.sums import make_sums


@dataclass(frozen=True)
class Request:
    """The true counts of one source and what is to be shown of them.

    Attributes
    ----------
    atoms
        Index = code, columns = labels of periods that do not overlap; whole numbers of zero or more.
        Townships without data are left out. The periods of earlier releases are there too.
    windows
        Period labels by name of the window.
    counties
        County of each township, index = code; "" is none.
    groups
        Codes by name of other groups whose totals are shown: key areas, elsewhere.
    """

    atoms: pd.DataFrame
    windows: Mapping[str, Sequence[str]]
    counties: pd.Series
    groups: Mapping[str, pd.Index] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """What one tier may see; everything it is given is computed from this and from nothing else.

    Attributes
    ----------
    cells
        Index = code, a column per window; Int64, NA where hidden.
    hidden
        Same shape; True where hidden. Whether by the rule or besides is not told.
    counties, groups
        Index = name, a column per window; Int64, NA where hidden.
    city
        Index = window; exact.
    facts
        What an onlooker knows from now on, for the audit of later releases. It holds totals that are
        hidden here: it is stored, and never shown.
    """

    cells: pd.DataFrame
    hidden: pd.DataFrame
    counties: pd.DataFrame
    groups: pd.DataFrame
    city: pd.Series
    facts: tuple[Fact, ...] = field(repr=False)


def release_counts(
    request: Request, rule: Rule, earlier: Sequence[Fact] = (), above: Release | None = None
) -> Release:
    """Return what a tier may see, with no hidden count or total that can be worked out.

    Parameters
    ----------
    request
        The order of its rows, windows and columns changes nothing but the order of the answer.
    rule
        Of the tier.
    earlier
        Facts of all earlier releases to this tier.
    above
        The release of the same request to the tier above; what it hides is hidden here too, so that
        who holds both learns nothing more.

    Raises
    ------
    SuppressionError
        If earlier releases give something away whatever is hidden now, or a period of theirs is not in
        the request. Nothing may be released then.
    """
    atoms = request.atoms.sort_index().sort_index(axis=1)
    windows = {name: tuple(sorted(set(periods))) for name, periods in request.windows.items()}
    counties = request.counties.reindex(atoms.index).fillna("")
    groups = request.groups if rule.shows_groups else {}
    rows = list_rows(atoms, sorted(set(windows.values())), counties, groups)
    past = merge_facts(facts_that_hold(atoms, earlier))
    sums = make_sums(atoms, [*(row.sum for row in rows), *(fact.sum for fact in past)])
    statements = make_statements(rows, sums, rule, past, above.facts if above else ())
    protect(statements)
    return _show(statements, rule, windows, request.atoms.index)


def protect(statements: Statements) -> None:
    """Hide more until neither onlooker can work out anything hidden.

    Hiding never helps an onlooker, so what is proven once stays proven.
    """
    proven: dict[bool, set[int]] = {True: set(), False: set()}
    is_done = False
    while not is_done:
        is_done = True
        for insider in (True, False):
            is_target = statements.targets(insider=insider)
            is_target[list(proven[insider])] = False
            bounds = statements.known_to(insider=insider)
            solved = find_solved_rows(statements.sums, bounds, is_target, statements.block)
            proven[insider] |= set(np.flatnonzero(is_target).tolist()) - set(solved)
            if solved:
                rows = np.array(solved, dtype=np.int64)
                proven[insider] |= hide_complements(statements, rows, insider=insider)
                is_done = False


def _show(
    statements: Statements, rule: Rule, windows: Mapping[str, tuple[str, ...]], codes: pd.Index
) -> Release:
    """Return the release, with windows and townships in the order of the request."""
    exact = statements.sums.values
    is_city = np.array([row.kind is RowKind.CITY for row in statements.rows])
    as_is = is_city | rule.hides(exact)[: len(is_city)]  # a small total not hidden is the city's own
    values = np.where(as_is, exact[: len(is_city)], rule.round(exact[: len(is_city)])).tolist()
    shown: dict[str, dict[tuple[str, tuple[str, ...]], object]] = {kind: {} for kind in RowKind}
    for number, row in enumerate(statements.rows):
        value = pd.NA if statements.is_hidden[number] else values[number]
        shown[row.kind][row.name, row.sum[1]] = value

    def table(kind: RowKind, names: Sequence[str]) -> pd.DataFrame:
        columns = {
            window: [shown[kind][name, periods] for name in names]
            for window, periods in windows.items()
        }
        return pd.DataFrame(columns, index=pd.Index(list(names), dtype="str"), dtype="Int64")

    def names(kind: RowKind) -> list[str]:
        return sorted({name for name, _ in shown[kind]})

    cells = table(RowKind.CELL, list(codes))
    return Release(
        cells,
        cells.isna(),
        table(RowKind.COUNTY, names(RowKind.COUNTY)),
        table(RowKind.GROUP, names(RowKind.GROUP)),
        table(RowKind.CITY, names(RowKind.CITY)).T[""],
        statements.facts(),
    )
