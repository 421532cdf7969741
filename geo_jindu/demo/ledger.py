"""The ledger of the demonstration: every decision on paper, one a row, as `rectify import` reads it."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from geo_jindu.demo.margins import read_margins
from geo_jindu.demo.records import DESTINATIONS
from geo_jindu.demo.rectification import Course, Event, plan

TOWNSHIP, COUNTY, CITY = "乡镇街道", "县（市、区）", "全市"
COUNTIES_INTERVIEWED, OTHERS_INTERVIEWED = "2018-01-16", "2018-05-24"
"""Days of the interviews of counties, and of townships that are no key areas."""
AT_WORK = frozenset({"RECTIFYING", "EXTENDED"})
COLUMNS = [
    *("日期", "事项", "层级", "单位代码", "单位名称", "县名称", "责任主体", "理由", "依据材料"),
    *("任务", "责任岗位", "完成期限", "进展评价", "验收组独立", "所在省", "所在市", "工作站名称"),
]
Line = dict[str, object]


def make_ledger(courses: list[Course], table: pd.DataFrame) -> pd.DataFrame:
    """Make the ledger, by day.

    Parameters
    ----------
    courses
        As `geo_jindu.demo.rectification.make_courses` makes them.
    table
        As `geo_jindu.demo.townships.make_township_table` makes it.
    """
    lines = [*_of_counties(table), *_of_others(table)]
    for course in courses:
        lines += [*_steps(course), *_measures(course), *_reports(course)]
    rows = pd.DataFrame(lines, columns=COLUMNS).sort_values("日期", kind="stable", ignore_index=True)
    rows["日期"] = pd.to_datetime(rows["日期"]).dt.strftime("%Y-%m-%d")
    rows["完成期限"] = pd.to_datetime(rows["完成期限"]).dt.strftime("%Y-%m-%d")
    is_township = rows["层级"] == TOWNSHIP
    for column, known in (("单位名称", "name"), ("县名称", "county_name")):
        rows[column] = rows[column].mask(is_township, rows["单位代码"].map(table[known]))
    return rows.fillna("")


def _steps(course: Course) -> Iterator[Line]:
    for event in course.events:
        said = plan()["events"][event.key]
        yield _line(course.code, event.day, said, course.listing) | {
            "理由": said.get("reasons", ""),
            "进展评价": said.get("progress", ""),
            "验收组独立": "是" if event.key == "assess" else "",
        }


def _line(code: str, day: pd.Timestamp, said: dict[str, Any], number: int) -> Line:
    titles = [f"{kind}=〔{day.year}〕{number:02}号" for kind in said["evidence"]]
    return {
        "日期": day,
        "事项": said["zh"],
        "层级": TOWNSHIP,
        "单位代码": code,
        "责任主体": said["role"],
        "依据材料": "；".join(titles),
    }


def _measures(course: Course) -> Iterator[Line]:
    """Yield the measures of the plan and of each list of gaps, and their completion."""
    submitted = course.first("submit_plan")
    for at, measure in enumerate(plan()["measures"]):
        due = course.first_listed + pd.Timedelta(days=measure["due_days"])
        is_last = at == len(plan()["measures"]) - 1
        done = due - pd.Timedelta(days=3 + course.listing % 9)
        if is_last and "late" in course.way:
            done = pd.Timestamp(course.way["late"])
        is_open = is_last and course.state == "RECTIFYING"
        yield from _measure(course, measure, submitted, due, None if is_open else done)
    failed = [each.day for each in course.events if each.key == "extend"]
    for day in failed:
        for at, measure in enumerate(plan()["gaps"]):
            due = day + pd.Timedelta(days=measure["due_days"])
            is_last = at == len(plan()["gaps"]) - 1
            is_open = is_last and day == failed[-1] and course.way.get("overdue", False)
            done = due - pd.Timedelta(days=3 + course.listing % 9)
            yield from _measure(course, measure, day, due, None if is_open else done)


def _measure(
    course: Course,
    measure: dict[str, Any],
    day: pd.Timestamp,
    due: pd.Timestamp,
    done: pd.Timestamp | None,
) -> Iterator[Line]:
    said = plan()["events"]
    yield _line(course.code, day, said["add_measure"], course.listing) | {
        "任务": measure["name"],
        "责任岗位": measure["owner"],
        "完成期限": due,
    }
    if done is not None:
        line = _line(course.code, done, said["complete_measure"], course.listing)
        yield line | {"任务": measure["name"]}


def _reports(course: Course) -> Iterator[Line]:
    """Yield the progress reports; one that is owed is not there."""
    days = list(_report_days(course))
    if course.way.get("owes_report", False):
        days = days[:-1]
    for due in days:
        handed_in = due - pd.Timedelta(days=course.listing % 4)
        yield _line(course.code, handed_in, plan()["events"]["report"], course.listing)


def _report_days(course: Course) -> Iterator[pd.Timestamp]:
    """Yield the days on which a report was due, while the key area was at work."""
    moves = [each for each in course.events if "state" in plan()["events"][each.key]]
    end = Event(course.code, pd.Timestamp(plan()["as_of"]) + pd.Timedelta(days=1), "")
    every = pd.Timedelta(days=plan()["report_every_days"])
    for move, following in zip(moves, [*moves[1:], end], strict=True):
        day = move.day + every
        while plan()["events"][move.key]["state"] in AT_WORK and day < following.day:
            yield day
            day += every


def _of_others(table: pd.DataFrame) -> Iterator[Line]:
    """Yield the interviews of townships that are no key areas."""
    others = table.index[table["is_interviewed"] & (table["listing"] == 0)]
    for number, code in enumerate(others, len(plan()["measures"]) + 1):
        day = pd.Timestamp(OTHERS_INTERVIEWED)
        yield _line(str(code), day, plan()["events"]["interview"], number)


def _of_counties(table: pd.DataFrame) -> Iterator[Line]:
    """Yield interviews, agreements and stations of counties and the city."""
    codes = {str(name): str(code)[:6] for code, name in table["county_name"].items()}
    said = plan()["events"]
    for at, name in enumerate(_most_outflow(table)):
        county = {"层级": COUNTY, "单位名称": name, "县名称": name}
        interviewed = pd.Timestamp(COUNTIES_INTERVIEWED)
        yield _line(codes[name], interviewed, said["interview"], at + 1) | county
        signed = pd.Timestamp(f"2018-0{3 + at // 2}-2{at}")
        place = {"所在省": DESTINATIONS[at].province, "所在市": DESTINATIONS[at].city}
        yield _line(codes[name], signed, said["agree"], at + 1) | county | place
    for number, station in enumerate(plan()["stations"], 1):
        line = _line("city", pd.Timestamp(station["day"]), said["station"], number)
        place = {"所在省": station["province"], "所在市": station["city"]}
        whose = {"层级": CITY, "单位名称": CITY, "责任主体": "市禁毒办"}
        if name := station.get("county"):
            whose = {"层级": COUNTY, "单位代码": codes[name], "单位名称": name, "县名称": name}
        yield line | place | {"工作站名称": station["name"]} | whose


def _most_outflow(table: pd.DataFrame) -> list[str]:
    """Return the counties with the most outflow, as many as were interviewed."""
    outflow = table.groupby("county_name", sort=False)["outflow_2017"].sum()
    number = int(read_margins().value("interviewed_counties", ""))
    return [str(name) for name in outflow.nlargest(number).index]
