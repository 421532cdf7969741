"""The pages and briefs of rectifications: numbers by hand, and what each tier is not shown."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from service import client_of, make_key
from starlette.testclient import TestClient
from test_decisions import RULEBOOK, command
from test_map_safety import PAYLOADS

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.rectification.decisions import decide
from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.store import open_store
from geo_jindu.store.snapshots import add_snapshot
from geo_jindu.tiers import Tier

DONE, LATE = "990000101", "990000201"
"""In the eastern and in the western county; the second never handed in its plan."""
NAMES = {DONE: "甲镇", LATE: f"丁{PAYLOADS['script']}乡"}
LISTED = date(2018, 1, 20)
DAY = "2018-12-31"


def figures():
    """甲镇 30 persons in 2017 and 5 in 2018, 丁乡 20 and 10: the city 50 and 15, less 70%."""

    def township(code, county, county_name, before, after):
        counts = {"2017-03": before, "2018-03": after}
        return TownshipFigures(NAMES[code], county, county_name, 20000, 0.75, counts)

    return Figures(
        vintage="2018-01-01",
        indicator="incident",
        ranked_until="2017-12-31",
        covered=(("2017-01", "2018-12"),),
        empty=(),
        yearly=(),
        counties={"990001": "东县", "990002": "西县"},
        townships={
            DONE: township(DONE, "990001", "东县", 30, 5),
            LATE: township(LATE, "990002", "西县", 20, 10),
        },
        proportions={},
    )


def record_history(directory):
    """Two listings; one has a plan, work, an interview and a hostile reason."""
    store = open_store(directory)
    with store.writing() as connection:
        add_snapshot(connection, figures().to_bytes(), "a" * 32)
        for event, after, unit, others in [
            ("propose", 0, DONE, {}),
            ("propose", 0, LATE, {}),
            ("list", 10, DONE, {}),
            ("list", 10, LATE, {}),
            ("submit_plan", 35, DONE, {"reasons": "<img src=x onerror=ran>"}),
            ("start", 42, DONE, {}),
            ("interview", 50, DONE, {"reasons": "只有指挥可见"}),
        ]:
            decide(connection, command(event, after, unit, **others), RULEBOOK)
    store.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Return a function from tier and counties to a client of one served workspace."""
    from conftest import CONFIGURATION, incident_rows, make_grid, population_rows

    directory = tmp_path_factory.mktemp("pages")
    make_grid().rename_axis("code").reset_index().to_crs(4326).to_file(directory / "townships.gpkg")
    (directory / "incidents.csv").write_text(incident_rows(), "utf-8")
    (directory / "population.csv").write_text(population_rows(), "utf-8")
    text = CONFIGURATION.replace("{language}", "zh")
    (directory / "geo_jindu.toml").write_text(text, "utf-8")
    run_line(directory)
    record_history(directory)
    app = create_app(Settings(workspace=directory))

    def client(tier: Tier, *counties: str) -> TestClient:
        return client_of(app, make_key(directory, tier, counties))

    client.directory = directory
    return client


def page(client, path, **asked):
    answer = client.get(path, params={"as_of": DAY} | asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'none'")
    return answer.text


def printed(client, path, **asked):
    answer = client.get(path, params={"as_of": DAY} | asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(each.extract_text() for each in PdfReader(io.BytesIO(answer.content)).pages)
    return text.replace("\n", "").replace(" ", "")


def test_the_list_shows_a_change_beside_the_citys_and_the_overdue_first(served):
    said = page(served(Tier.COMMANDER), "/rectification")
    row = said[said.index(f'href="rectification/{DONE}') :]
    for each in ("30（", "5（", "−83.3%", "−70.0%", "75%", "每万人 15.0"):
        assert each in row.split("</tr>")[0]
    assert said.index(f"rectification/{LATE}") < said.index(f"rectification/{DONE}")
    due = LISTED + timedelta(days=15)
    assert f"{due}，已过 {(date(2018, 12, 31) - due).days} 天" in said
    assert "▲ 逾期" in said
    assert "○ 数据不足" in said


def test_filters_work_by_address_alone(served):
    client = served(Tier.COMMANDER)
    assert f"rectification/{DONE}" not in page(client, "/rectification", county="990002")
    assert f"rectification/{LATE}" not in page(client, "/rectification", state="rectifying")
    early = page(client, "/rectification", overdue="true", as_of="2018-01-25")
    assert "没有符合条件" in early
    assert client.get("/rectification", params={"state": "nonsense"}).status_code == 400


def test_a_day_shows_nothing_of_later(served):
    client = served(Tier.COMMANDER)
    said = page(client, f"/rectification/{DONE}", as_of="2018-01-25")
    assert "挂牌整治" in said
    assert "开始整治</th>" not in said
    assert "开始整治</th>" in page(client, f"/rectification/{DONE}")
    assert "2018-03-01" not in printed(client, f"/rectification/{DONE}/brief.pdf", as_of="2018-01-25")


@pytest.mark.parametrize(
    ("tier", "seen", "hidden"),
    [
        (
            Tier.PARTNER,
            "整治中",
            ["30（", "−83.3%", "ACC-OUT", "不得提拔异动", "只有指挥可见", "时限</h2>"],
        ),
        (Tier.PLANNER, "−83.3%", ["不得提拔异动", "只有指挥可见", "<dt>约谈</dt>", "挂牌约谈"]),
        (Tier.COMMANDER, "只有指挥可见", []),
        (Tier.AUDITOR, "不得提拔异动", []),
    ],
)
def test_what_a_tier_is_not_shown_is_not_in_the_page(served, tier, seen, hidden):
    said = page(served(tier), f"/rectification/{DONE}")
    assert seen in said
    for each in hidden:
        assert each not in said
        assert each not in page(served(tier), "/rectification")


def test_briefs_tell_each_tier_its_own(served):
    commander = printed(served(Tier.COMMANDER), f"/rectification/{DONE}/brief.pdf", paper="a3")
    planner = printed(served(Tier.PLANNER), f"/rectification/{DONE}/brief.pdf")
    for each in ("不得提拔异动", "只有指挥可见"):
        assert each in commander
        assert each not in planner
    for said in (commander, planner):
        assert "30（21.6–40.7）" in said
        assert "−83.3%" in said
        assert "−70.0%" in said
    city = printed(served(Tier.PLANNER), "/rectification/brief.pdf")
    assert "甲镇" in city
    assert "约谈过" not in city
    partner = served(Tier.PARTNER)
    for path in ("/rectification/brief.pdf", f"/rectification/{DONE}/brief.pdf", "/digest"):
        assert partner.get(path).status_code == 403
    assert served(Tier.PLANNER).get("/digest").status_code == 403
    assert "整治日报" in page(served(Tier.COMMANDER), "/digest")


def test_a_county_sees_its_own_areas_and_nothing_of_the_city(served):
    client = served(Tier.PLANNER, "990001")
    said = page(client, "/rectification")
    assert f"rectification/{DONE}" in said
    assert LATE not in said
    assert client.get(f"/rectification/{LATE}").status_code == 403
    assert client.get("/rectification/brief.pdf").status_code == 403
    own = page(client, f"/rectification/{DONE}") + printed(client, f"/rectification/{DONE}/brief.pdf")
    assert "−83.3%" in own
    for each in (said, own):
        assert "−70.0%" not in each
        assert "75%" not in each


def test_the_public_is_shown_nothing(served):
    client = client_of(create_app(Settings(workspace=served.directory)))
    for path in ("", f"/{DONE}", "/brief.pdf", f"/{DONE}/brief.pdf"):
        assert client.get(f"/rectification{path}").status_code == 403
    assert 'href="rectification"' not in client.get("/").text
    assert 'href="rectification"' in served(Tier.PARTNER).get("/").text


def test_hostile_names_and_reasons_are_only_read(served):
    client = served(Tier.COMMANDER)
    for path in ("/rectification", f"/rectification/{DONE}", f"/rectification/{LATE}"):
        said = page(client, path)
        assert PAYLOADS["script"] not in said
        assert "<img src" not in said
    assert "&lt;img src=x onerror=ran&gt;" in page(client, f"/rectification/{DONE}")


def test_the_terminal_prints_the_same_brief(served, tmp_path):
    from typer.testing import CliRunner

    from geo_jindu.cli.commands import app

    for unit in ([], [DONE]):
        file = tmp_path / f"{len(unit)}.pdf"
        asked = ["rectify", "brief", str(served.directory), str(file), *unit, "--as-of", DAY]
        ended = CliRunner().invoke(app, asked)
        assert ended.exit_code == 0, ended.output
        assert "甲镇" in PdfReader(file).pages[0].extract_text()
