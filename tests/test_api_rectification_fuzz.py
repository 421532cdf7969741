"""Random decisions sent to the service, beside a model: the table of the life-cycle, nothing else."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from conftest import GRID
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from rectified import keep_figures, put
from service import client_of, make_key
from starlette.testclient import TestClient

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.rectification.lifecycle import STAYS, Scope
from geo_jindu.rectification.rulebook import read_rulebook
from geo_jindu.store import open_store
from geo_jindu.store.schema import RECTIFICATION_LOG
from geo_jindu.tiers import Tier

CYCLE = read_rulebook(SimpleNamespace(configuration=SimpleNamespace(rectification=None))).lifecycle
EVENTS = sorted({each.event for each in CYCLE.content.transitions})
UNITS = [*list(GRID)[:2], "990001", "city", "990000999"]
DETAILS = {
    "measure": "宣传",
    "owner": "岗位",
    "due_on": "2018-06-01",
    "measure_number": 1,
    "assessment": "forward",
    "team_independent": True,
    "heirs": ["990000103"],
    "province": "某省",
    "city": "某市",
    "station": "站",
}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def client(make_workspace):
    """Return a commander's client."""
    directory = make_workspace()
    run_line(directory)
    keep_figures(directory)
    app = create_app(Settings(workspace=directory))
    client = client_of(app, make_key(directory, Tier.COMMANDER))
    client.directory = directory
    return client


class Decisions(RuleBasedStateMachine):
    """Keeps the state of each township by the table alone, and compares what the service says."""

    client: ClassVar[TestClient]
    seen: ClassVar[dict[str, set]]

    def __init__(self) -> None:
        super().__init__()
        forget(self.client.directory)
        self.states: dict[str, str] = {}
        self.day = date(2018, 1, 1)

    @initialize()
    def bring_one_to_work(self) -> None:
        for event in ("propose", "list", "submit_plan", "start", "request_acceptance"):
            self.send(UNITS[1], event, 5)

    @rule(
        unit=st.sampled_from(UNITS[:2]),
        data=st.data(),
        days=st.integers(0, 200),
    )
    def decide_what_the_table_allows(self, unit, data, days):
        state = self.states.get(unit, CYCLE.content.initial)
        allowed = [each.event for each in CYCLE.allowed(state) if each.event != "withdraw"]
        self.send(unit, data.draw(st.sampled_from(allowed or ["withdraw"])), days)

    @rule(unit=st.sampled_from(UNITS), event=st.sampled_from(EVENTS), days=st.integers(0, 60))
    def decide_anything(self, unit, event, days):
        self.send(unit, event, days)

    def send(self, unit, event, days) -> None:
        self.day += timedelta(days=days)
        state = self.states.get(unit, CYCLE.content.initial)
        scope = {"city": Scope.CITY, "990001": Scope.COUNTY}.get(unit, Scope.TOWNSHIP)
        found = CYCLE.find(event, state, scope)
        answer = put(self.client, unit, event, self.body(found or CYCLE.named(event)[0]))
        self.seen["statuses"].add(answer.status_code)
        assert answer.status_code in {201, 400, 404, 409, 422}, answer.text
        assert (answer.status_code == 404) == (unit == "990000999")
        if answer.status_code == 201:
            assert found is not None, "the table does not allow this"
            self.seen["done"].add(event)
            self.follow(unit, found)
        elif found is None:
            assert answer.status_code in {400, 404, 409}

    def body(self, transition) -> dict:
        kinds = {*transition.evidence, *(["minutes"] if transition.event == "list" else [])}
        return {
            "effective_on": self.day.isoformat(),
            "role": transition.roles[0],
            "reasons": "理由",
            "evidence": [{"kind": kind, "title": "1"} for kind in kinds],
            "details": {name: DETAILS[name] for name in transition.details},
        }

    def follow(self, unit, transition) -> None:
        if transition.event == "supersede":
            heir = self.states.get("990000103", CYCLE.content.initial)
            if not CYCLE.is_frozen(heir):
                self.states["990000103"] = self.states[unit]
        if transition.to != STAYS:
            self.states[unit] = transition.to

    @rule(said=ANYTHING, event=st.sampled_from(EVENTS))
    def send_nonsense(self, said, event):
        assert put(self.client, UNITS[0], event, said).status_code == 400

    @invariant()
    def the_service_says_what_the_table_says(self):
        layer = self.client.get("/listings.geojson", params={"as_of": self.day.isoformat()})
        rows = {each["id"]: each["properties"]["state"] for each in layer.json()["features"]}
        for unit, state in self.states.items():
            assert rows[unit] == state
        status = self.client.get(
            f"/townships/{UNITS[0]}/status", params={"as_of": self.day.isoformat()}
        )
        assert status.status_code == self.client.get("/listings").status_code == 200


def forget(directory: Path) -> None:
    """Empty the log behind the software's back: each history begins anew."""
    store = open_store(directory)
    with store.writing() as connection:
        triggers = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'rectification_log'"
        ).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(RECTIFICATION_LOG.delete())
        for _, text in triggers:
            connection.exec_driver_sql(text)
    store.close()


def test_no_sequence_of_decisions_leaves_the_table_or_breaks_the_service(client):
    seen: dict[str, set] = {"done": set(), "statuses": set()}
    machine = type("DecisionsHere", (Decisions,), {"client": client, "seen": seen})
    chosen = settings(
        max_examples=8,
        stateful_step_count=20,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)
    assert {201, 404, 409, 422} <= seen["statuses"]
    assert {"propose", "list"} <= seen["done"], seen
