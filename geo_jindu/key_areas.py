"""The list of key areas: which townships are or were listed for rectification, and how it stands.

The list is the committee's. Nothing here lists or delists; a rank or a rate proposes at most.
"""

from collections.abc import Mapping
from enum import StrEnum

import pandas as pd

from geo_jindu.codes import normalise_code
from geo_jindu.configuration import KeyAreas
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.joining import assign_codes
from geo_jindu.periods import parse_periods
from geo_jindu.readers import read_table
from geo_jindu.texts import translate
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace


class State(StrEnum):
    """How the rectification of a key area stands."""

    PROPOSED = "proposed"
    LISTED = "listed"
    PLAN_APPROVED = "plan_approved"
    RECTIFYING = "rectifying"
    ACCEPTANCE_REQUESTED = "acceptance_requested"
    UNDER_ACCEPTANCE = "under_acceptance"
    PUBLICITY = "publicity"
    EXTENDED = "extended"
    DELISTED_CONSOLIDATION = "delisted_consolidation"
    CLOSED = "closed"

    @property
    def is_listed(self) -> bool:
        """Whether the listing is open: from the decision to list to the decision to delist."""
        return self not in {State.PROPOSED, State.DELISTED_CONSOLIDATION, State.CLOSED}


def read_key_areas(workspace: Workspace, settings: KeyAreas, townships: Townships) -> pd.DataFrame:
    """Read the list of key areas.

    Returns
    -------
    DataFrame
        Index = code of the township, in the order of the file: ``batch``, ``listed_on`` (ISO date),
        ``state`` (a value of `State`) and ``is_listed``.

    Raises
    ------
    InputError
        If the file cannot be read, or a row names no township, names one twice, or has no date or an
        unknown state. No listing is dropped.
    """
    fields = settings.fields
    table = read_table(
        workspace.path(settings.file),
        list(fields.model_dump().values()),
        provenance=workspace.configuration.area.provenance,
        file=settings.file,
        sheet=settings.sheet,
    )
    code = normalise_code(table[fields.code])
    place = assign_codes(code, table[fields.name], townships.frame)
    township, reason = place["township"], place["reason"]
    days = parse_periods(table[fields.listed_on])["start"]
    state = table[fields.state].str.strip().map(_state_words())

    def at_rows(key: str, rows: pd.Series, field: str) -> list[Problem]:
        return problems_in_rows(key, settings.file, field, rows.index[rows])

    problems = at_rows("listing_without_township", reason != "", fields.code)
    problems += at_rows("listed_twice", township.duplicated(keep=False) & (reason == ""), fields.code)
    problems += at_rows("listing_without_date", days.isna(), fields.listed_on)
    problems += at_rows("state_unknown", state.isna(), fields.state)
    if problems:
        raise InputError(problems)
    columns = {
        "batch": table[fields.batch].str.strip(),
        "listed_on": days.dt.strftime("%Y-%m-%d"),
        "state": state,
        "is_listed": state.isin([each.value for each in State if each.is_listed]),
    }
    return pd.DataFrame(columns).set_axis(pd.Index(township, name="code"))


def key_area_values(
    key_areas: pd.DataFrame, settings: KeyAreas, codes: pd.Index
) -> dict[str, pd.Series]:
    """Return the columns that say of every township whether it is a key area, index = ``codes``.

    ``None`` for batch, day and state of townships never listed.
    """
    placed = key_areas.reindex(codes)
    columns = {name: placed[name].astype(object) for name in ("batch", "listed_on", "state")}
    columns = {name: values.where(values.notna(), None) for name, values in columns.items()}
    return {
        "key_area": pd.Series(codes.isin(key_areas.index), index=codes),
        "key_area_listed_now": placed["is_listed"].fillna(value=False).astype(bool),
        **{f"key_area_{name}": values for name, values in columns.items()},
        "key_area_as_of": pd.Series(settings.as_of, index=codes),
    }


def _state_words() -> Mapping[str, str]:
    """Return the states by the words an office may write: in Chinese, in English, or the value."""
    words: dict[str, str] = {}
    for state in State:
        written = (translate(f"states.{state}", "zh"), translate(f"states.{state}", "en"), state.value)
        words |= dict.fromkeys(written, state.value)
    return words
