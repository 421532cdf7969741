"""Rectifications over the web: who is shown what of a listing, and what a commander may put on record."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import GRID
from rectified import decision, keep_figures, put
from screening_corpus import make_citizen_id
from service import bearer, client_of, make_key

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.store import open_store
from geo_jindu.store.access_log import read_access
from geo_jindu.store.rectification_log import read_log
from geo_jindu.tiers import Tier

CODE, OTHER, THEIRS = "990000101", "990000102", "990000201"
DAY = "2018-03-01"


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    """Return a place for what is made once for all tests here."""
    return {}


@pytest.fixture
def service(make_workspace, kept):
    """Return a service where 甲镇 is under rectification since 2018-02-21, a plan measure overdue."""
    if not kept:
        kept["directory"] = directory = make_workspace()
        run_line(directory)
        keep_figures(directory)
        kept["app"] = create_app(Settings(workspace=directory))
        tiers = [tier for tier in Tier if tier is not Tier.PUBLIC]
        kept["keys"] = {tier: make_key(directory, tier) for tier in tiers}
        kept["limited"] = {tier: make_key(directory, tier, ["990001"]) for tier in tiers}
        commander = client_of(kept["app"], kept["keys"][Tier.COMMANDER])
        measure = {"measure": "宣传", "owner": "党委主要负责人（岗位）", "due_on": "2018-02-25"}
        for event, day, details in [
            ("propose", "2018-01-10", {}),
            ("list", "2018-01-20", {}),
            ("submit_plan", "2018-02-14", {}),
            ("start", "2018-02-21", {}),
            ("interview", "2018-02-22", {}),
            ("add_measure", "2018-02-23", measure),
        ]:
            answer = put(commander, CODE, event, decision(event, day, details=details))
            assert answer.status_code == 201, answer.text
        assert put(commander, THEIRS, "propose", decision("propose", "2018-02-01")).status_code == 201
    return kept["app"]


@pytest.fixture
def reader(service, kept):
    """Return a function that gives the client of a tier, of the whole city or of 东县."""

    def of(tier: Tier, *, limited: bool = False):
        return client_of(service, kept["limited" if limited else "keys"][tier])

    return of


def log_of(kept):
    store = open_store(kept["directory"])
    with store.reading() as connection:
        found = read_log(connection)
    store.close()
    return found


# ---- reading


def test_the_partner_is_shown_state_since_and_until_alone(reader):
    said = reader(Tier.PARTNER).get(f"/townships/{CODE}/status", params={"as_of": DAY}).json()["status"]
    assert said == {
        "code": CODE,
        "name": "甲镇",
        "county": "990001",
        "county_name": "东县",
        "listing": f"{CODE}-1",
        "successors": [],
        "inherited_from": None,
        "disputed": [],
        "state": "rectifying",
        "state_name": "under rectification",
        "since": "2018-02-21",
        "is_listed": True,
        "until": "2019-01-20",
    }


def test_the_planner_is_shown_the_clock_and_the_commander_the_freeze(reader):
    path = f"/townships/{CODE}/status"
    planner = reader(Tier.PLANNER).get(path, params={"as_of": DAY}).json()["status"]
    assert planner["overdue"] == 1
    assert planner["clock"]["due_on"] == "2018-02-25"
    assert [each["name"] for each in planner["measures"]["overdue"]] == ["宣传"]
    assert planner["measures"]["open"] == planner["measures"]["done"] == []
    assert {each["rule"]: each["result"] for each in planner["rules"]}["ACC-OUT"] == "insufficient"
    assert not {"freeze", "interviews", "escalation"} & set(planner)
    assert "ESC-INTERVIEW" not in {each["rule"] for each in planner["rules"]}
    assert "interview" not in {each["event"] for each in planner["timeline"]}
    assert not any("key_id" in each for each in planner["timeline"])
    commander = reader(Tier.COMMANDER).get(path, params={"as_of": DAY}).json()["status"]
    assert commander["freeze"]["applies"] is True
    assert commander["escalation"] == {"level": 2, "name": "interview"}
    assert commander["interviews"] == ["2018-02-22"]
    events = ["propose", "list", "submit_plan", "start", "interview", "add_measure"]
    assert [each["event"] for each in commander["timeline"]] == events
    assert reader(Tier.AUDITOR).get(path, params={"as_of": DAY}).json()["status"] == commander


def test_later_figures_answer_the_rules_of_a_later_day(reader):
    params = {"as_of": "2019-01-15"}
    said = reader(Tier.PLANNER).get(f"/townships/{CODE}/status", params=params).json()["status"]
    assert said["values"]["outflow.baseline_n"] == 30
    assert said["values"]["outflow.current_n"] == 5
    assert said["data_age_days"] == 15
    assert {each["rule"]: each["result"] for each in said["rules"]}["ACC-OUT"] == "pass"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"as_of": DAY}, [CODE, THEIRS]),
        ({"as_of": DAY, "state": "proposed"}, [THEIRS]),
        ({"as_of": DAY, "county": "990001"}, [CODE]),
        ({"as_of": DAY, "overdue": "true"}, [CODE]),
        ({"as_of": "2018-01-15"}, [CODE]),
        ({"as_of": "1990-01-01"}, []),
        ({"as_of": DAY, "known_by": "2018-03-01"}, []),
    ],
)
def test_listings_are_filtered(reader, params, found):
    answer = reader(Tier.PLANNER).get("/listings", params=params).json()
    assert [each["code"] for each in answer["listings"]] == found
    assert answer["number"] == len(found)


@pytest.mark.parametrize(
    "query",
    [
        "states=x",
        "state=x",
        "county=x",
        "as_of=2018",
        "as_of=20180301",
        "as_of=0001-01-01",
        "as_of=9999-12-31",
        "known_by=9999-12-31",
        "as_of=2018-03-01&as_of=2018-03-02",
        "overdue=perhaps",
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(reader, query):
    assert reader(Tier.AUDITOR).get(f"/listings?{query}").status_code == 400


def test_a_partner_cannot_ask_what_is_overdue(reader):
    assert reader(Tier.PARTNER).get("/listings?overdue=true").status_code == 403


def test_one_listing_has_its_timeline_and_others_are_not_there(reader):
    client = reader(Tier.PLANNER)
    said = client.get(f"/listings/{CODE}-1", params={"as_of": DAY}).json()["listing"]
    events = [each["event"] for each in said["timeline"]]
    assert events == ["propose", "list", "submit_plan", "start", "add_measure"]
    assert said["is_current"]
    assert said["past"] == []
    for missing in ("990000101-2", "990000101-0", "990000101-", "990000102-1", "990000999-1", "x"):
        assert client.get(f"/listings/{missing}").status_code == 404, missing


def test_the_layer_has_every_township(reader):
    layer = reader(Tier.PLANNER).get("/listings.geojson", params={"as_of": DAY}).json()
    rows = {each["id"]: each["properties"] for each in layer["features"]}
    assert list(rows) == list(GRID)
    assert (rows[CODE]["state"], rows[CODE]["overdue"], rows[CODE]["listing"]) == (
        "rectifying",
        1,
        f"{CODE}-1",
    )
    assert (rows[OTHER]["state"], rows[OTHER]["since"], rows[OTHER]["listing"]) == (
        "monitored",
        None,
        None,
    )
    partner = reader(Tier.PARTNER).get("/listings.geojson", params={"as_of": DAY}).json()
    assert not any("overdue" in each["properties"] for each in partner["features"])


def test_a_county_sees_its_own(reader):
    client = reader(Tier.PLANNER, limited=True)
    assert [each["code"] for each in client.get("/listings").json()["listings"]] == [CODE]
    assert len(client.get("/listings.geojson").json()["features"]) == 3
    assert client.get("/calendar/990001.ics").status_code == 200
    for path in (
        f"/townships/{THEIRS}/status",
        f"/listings/{THEIRS}-1",
        "/listings?county=990002",
        "/calendar/990002.ics",
        "/calendar.ics",
    ):
        assert client.get(path).status_code == 403, path
    params = {"as_of": "2019-01-15"}
    whole = client.get(f"/townships/{CODE}/status", params=params).json()["status"]
    assert "satisfaction.rank_share" not in whole["values"]
    told = {each["rule"]: each for each in whole["rules"]}
    assert set(told["ACC-SAT"]["inputs"]) == {"param.satisfaction_max_rank_share"}
    assert "whole city" in told["ACC-SAT"]["en"]
    assert told["ACC-OUT"]["inputs"]["outflow.baseline_n"] == 30


def test_calendars_hold_what_is_open(reader):
    answer = reader(Tier.PLANNER).get("/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.text.startswith("BEGIN:VCALENDAR")
    assert "宣传" in answer.text
    assert reader(Tier.PLANNER).get("/calendar/990009.ics").status_code == 404


def test_an_etag_changes_with_the_log_and_nothing_is_replayed_without_need(reader, monkeypatch):
    client = reader(Tier.COMMANDER)
    path = f"/townships/{OTHER}/status"
    first = client.get(path)
    monkeypatch.setattr("api.situations.read_situation", None)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert first.headers["x-data-provenance"] == "synthetic"
    assert first.headers["cache-control"] == "private, no-cache"
    monkeypatch.undo()
    body = decision("interview", "2018-03-05")
    assert put(client, OTHER, "interview", body).status_code == 201
    changed = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_a_broken_rulebook_stops_rectifications_and_nothing_else(make_workspace, kept, service):
    path = kept["directory"] / "geo_jindu.toml"
    text = path.read_text("utf-8")
    broken = '\n[rectification]\nindicator = "incident"\nrules = "missing.toml"\n'
    path.write_text(text + broken, "utf-8")
    try:
        app = create_app(Settings(workspace=kept["directory"]))
    finally:
        path.write_text(text, "utf-8")
    client = client_of(app, kept["keys"][Tier.COMMANDER])
    assert client.get("/townships").status_code == 200
    assert client.get("/listings").status_code == 503
    assert put(client, OTHER, "propose", decision("propose", DAY)).status_code == 503


# ---- writing


def test_a_decision_is_recorded_once(reader, kept):
    client = reader(Tier.COMMANDER)
    body = decision("interview", "2018-03-06")
    first, again = (put(client, OTHER, "interview", body, "once") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    entry = first.json()["entry"]
    assert entry["key_id"] == kept["keys"][Tier.COMMANDER].split("_")[1]
    assert log_of(kept)[-1].digest == entry["digest"]
    another = put(client, OTHER, "interview", body | {"reasons": "另一项"}, "once")
    assert another.status_code == 409
    assert another.json()["errors"][0]["key"] == "idempotency_key_used"


@pytest.mark.parametrize("tier", [tier for tier in Tier if tier is not Tier.PUBLIC])
@pytest.mark.parametrize("limited", [False, True])
def test_commanders_of_the_whole_city_alone_decide(reader, tier, limited):
    answer = put(reader(tier, limited=limited), OTHER, "list", decision("list", DAY))
    decides = tier is Tier.COMMANDER and not limited
    assert answer.status_code == (409 if decides else 403)


def test_a_guard_that_does_not_pass_is_named_with_what_is_missing(reader):
    body = decision("request_acceptance", DAY)
    answer = put(reader(Tier.COMMANDER), CODE, "request_acceptance", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    guards = {each["rule"]: each for each in answer.json()["guards"]}
    assert set(guards) == {"ACC-TASK", "ACC-TERM"}
    assert guards["ACC-TASK"]["result"] == "fail"
    assert guards["ACC-TERM"]["zh"]
    assert guards["ACC-TERM"]["en"]


def test_what_is_lacking_is_named(reader):
    answer = put(reader(Tier.COMMANDER), OTHER, "propose", {"effective_on": DAY})
    assert answer.status_code == 400
    assert {each["key"] for each in answer.json()["errors"]} == {"evidence_missing", "reasons_missing"}


HOSTILE = [
    ("{", 400),
    ("[" * 60_000, 400),
    ("x" * 70_000, 413),
    ('{"effective_on": NaN}', 400),
    ('{"effective_on": "2018-03-01", "corrects": 1e999}', 400),
    ('{"effective_on": "2018-03-01", "details": {"measure_number": 99999999999999999999}}', 400),
    ('{"effective_on": "2018-03-01", "details": {"measure": NaN}}', 400),
    ('{"effective_on": "2018-03-01", "reasons": "\\ud800"}', 400),
    ('{"effective_on": "2018-03-01", "reasons": "\\u0000"}', 400),
    ('{"effective_on": "2018-03-01", "details": {"due_on": "9999-12-31"}}', 400),
    ('{"effective_on": "0001-01-01"}', 400),
    ('{"effective_on": "2999-01-01"}', 400),
    ('{"effective_on": "2018-03-01", "surprise": 1}', 400),
    ('{"effective_on": "2018-03-01", "evidence": {}}', 400),
    ('{"effective_on": 20180301}', 400),
]


@pytest.mark.parametrize(("body", "status"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_refused(reader, kept, body, status):
    before = len(log_of(kept))
    headers = {"Idempotency-Key": "x", "Content-Type": "application/json"}
    path = f"/rectification/{OTHER}/propose"
    answer = reader(Tier.COMMANDER).post(path, content=body, headers=headers)
    assert answer.status_code == status
    assert len(log_of(kept)) == before


def test_a_personal_number_is_refused_and_not_repeated(reader):
    number = make_citizen_id(random.Random(1))  # noqa: S311 - generated, of nobody
    answer = put(
        reader(Tier.COMMANDER), OTHER, "propose", decision("propose", DAY, reasons=f"见 {number}")
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["key"] == "written_personal"
    assert number not in answer.text


def test_a_unit_or_event_that_there_is_not(reader, kept):
    client = reader(Tier.COMMANDER)
    assert put(client, "990000999", "propose", decision("propose", DAY)).status_code == 404
    assert put(client, OTHER, "nonsense", decision("propose", DAY)).status_code == 404
    assert client.get("/townships/990000999/status").status_code == 404
    no_name = client.post(f"/rectification/{OTHER}/propose", json=decision("propose", DAY))
    assert no_name.status_code == 400


def test_the_access_log_names_the_unit(reader, kept):
    put(reader(Tier.COMMANDER), OTHER, "list", decision("list", DAY))
    reader(Tier.PLANNER).get(f"/listings/{CODE}-1")
    store = open_store(kept["directory"])
    lines = [(each.route, each.unit, each.status) for each in read_access(store, limit=2)]
    store.close()
    assert lines[::-1] == [
        ("/rectification/{unit}/{event}", OTHER, 409),
        ("/listings/{listing}", CODE, 200),
    ]


def test_of_two_at_once_exactly_one_wins(service, kept):
    headers = bearer(kept["keys"][Tier.COMMANDER])
    body = decision("propose", "2018-03-10")

    def send(_: int) -> int:
        client = client_of(service)
        client.headers.update(headers)
        return put(client, "990000103", "propose", body).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [201, 409, 409, 409]
