"""Decisions about rectifications: a commander puts one on record, or is told what is in its way."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import fastapi
import orjson
from fastapi import FastAPI, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.errors import problem
from api.parameters import read_day
from api.rectification import writer_of
from api.situations import Situations, log_refused
from api.views import JSON
from geo_jindu.errors import Problem
from geo_jindu.rectification.commands import MOST_EVIDENCE, Command
from geo_jindu.rectification.decisions import RefusedError, decide
from geo_jindu.rectification.entries import Detail, Evidence
from geo_jindu.rectification.replay import ReplayError
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.store import Store
from geo_jindu.store.kept_head import appending
from geo_jindu.store.times import CALENDAR
from geo_jindu.texts import Language

LATEST = date(2099, 12, 31)
"""Nothing is due later; days near year 9999 would leave the calendar."""

_NUMBERS = {"ge": 1, "le": 2**31 - 1}
_NOT_THERE = {"unit_unknown", "event_unknown"}

_Day = Annotated[str, Field(max_length=10, json_schema_extra={"format": "date"})]
_Number = Annotated[int, Field(strict=True, **_NUMBERS)]
_Detail = str | Annotated[bool, Field(strict=True)] | _Number | list[str]


class Brought(BaseModel):
    """A document that a decision rests on."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    title: str
    sha256: str = ""


class Decision(BaseModel):
    """What is to be put on record of a unit."""

    model_config = ConfigDict(extra="forbid")

    effective_on: _Day
    role: str = ""
    reasons: str = ""
    evidence: Annotated[list[Brought], Field(max_length=MOST_EVIDENCE)] = []
    details: dict[str, _Detail] = {}
    corrects: _Number | None = None


def add_deciding(app: FastAPI, situations: Situations, store: Store, workspace: Path) -> None:
    """Add the route that puts decisions on record."""

    @app.post("/rectification/{unit}/{event}", name="decide", status_code=201)
    def put_on_record(
        request: Request,
        unit: Annotated[str, fastapi.Path()],
        event: Annotated[str, fastapi.Path()],
        said: Decision,
        idempotency_key: Annotated[str, Header(alias="Idempotency-Key", max_length=100)],
    ) -> Response:
        request.state.unit = unit
        rulebook = situations.rulebook
        known = rulebook.lifecycle.content.details
        days = {name for name, detail in known.items() if detail.kind == "day"}
        command = Command(
            event=event,
            unit=unit,
            effective_on=read_day(said.effective_on, datetime.now(CALENDAR).date()),
            role=said.role,
            reasons=said.reasons,
            evidence=tuple(Evidence(each.kind, each.title, each.sha256) for each in said.evidence),
            details=dict(_details(said, days)),
            key_id=request.state.reader.key_id,
            idempotency_key=idempotency_key,
            corrects=said.corrects,
        )
        try:
            with appending(store, workspace) as connection:
                entry, is_new = decide(connection, command, rulebook)
        except ReplayError as error:
            raise log_refused(error) from None
        except RefusedError as error:
            return refused_response(request, error, rulebook)
        written = writer_of(request, situations.read()).entry(entry)
        headers = dict(request.state.edition.results.headers)
        return Response(
            orjson.dumps({"entry": written}), 201 if is_new else 200, headers=headers, media_type=JSON
        )


def refused_response(request: Request, error: RefusedError, rulebook: Rulebook) -> Response:
    """Return problem details that say what is in the way: each problem, and each guard that says no.

    The status is 404 for a unit or event that there is not, 422 where guards do not pass, 409 where
    the log or the life-cycle stands against it, and 400 where the command itself is not complete.
    """
    language = request.state.edition.language
    keys = {each.key for each in error.problems}
    status = 404 if keys & _NOT_THERE else 422 if error.traces else 409 if error.is_conflict else 400
    guards = list(_guards(error, rulebook))
    more: dict[str, Any] = {"errors": [_written(each, language) for each in error.problems]}
    if guards:
        more["guards"] = guards
    said = "; ".join(each.text(language) for each in error.problems)
    return problem(request, status, said, more=more)


def _details(said: Decision, days: Collection[str]) -> Iterator[tuple[str, Detail]]:
    for name, value in said.details.items():
        if name in days and isinstance(value, str):
            read_day(value, LATEST)
        yield name, tuple(value) if isinstance(value, list) else cast(Detail, value)


def _written(found: Problem, language: Language) -> dict[str, str]:
    sentence = replace(found, field="").text(language)
    return {"key": found.key, "field": found.field, "sentence": sentence}


def _guards(error: RefusedError, rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    """Write the guards that do not pass and, of groups, the rules; advice stops nothing."""
    stopped = {str(each.values.get("rule", "")) for each in error.problems}
    groups = rulebook.ruleset.groups
    members = {rule for each in stopped & set(groups) for rule in groups[each].rules}
    for trace in error.traces:
        if trace.rule in stopped | members:
            yield {
                "rule": trace.rule,
                "result": trace.result.value,
                "missing": trace.missing,
                "zh": trace.zh,
                "en": trace.en,
            }
