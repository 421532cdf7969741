"""The import of a history: a table of decisions, recorded row by row, all of it or nothing."""

from contextlib import closing
from types import SimpleNamespace

import pytest
from test_decisions import CODE, OTHER, RULEBOOK, figures

from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance
from geo_jindu.rectification.history import read_history, record_history
from geo_jindu.store import open_store
from geo_jindu.store.rectification_log import read_log
from geo_jindu.store.snapshots import add_snapshot

HEADER = "日期,事项,单位代码,单位名称,责任主体,理由,依据材料,任务,责任岗位,完成期限\n"
WAY = f"""2018/2/10,开始整治,{CODE},甲01镇,县（市、区）禁毒办,,备案记录=1,,,
2018-01-01,拟挂牌,{CODE},甲01镇,市禁毒办,位居前列,数据快照=1；县级意见=2,,,
2018-01-10,list,{CODE},,committee,,minutes=1; decision=2; notice=3,,,
2018-02-01,报送整治方案,{CODE},甲01镇,乡镇街道,,整治方案=1；任务清单=2,,,
2018-02-11,列出任务,{CODE},甲01镇,县（市、区）禁毒办,,,宣传,党委主要负责人（岗位）,2018-06-01
2018-03-11,任务销号,{CODE},甲01镇,乡镇街道,,佐证材料=1,宣传,,
"""


@pytest.fixture
def bench(tmp_path):
    """Return what imports a text and tells what the log then holds."""
    store = open_store(tmp_path)
    with store.writing() as connection:
        add_snapshot(connection, figures().to_bytes(), "a" * 32)

    def take(rows, header=HEADER):
        file = tmp_path / "history.csv"
        file.write_text(header + rows, "utf-8")
        history = read_history(file, "history.csv", RULEBOOK.lifecycle, Provenance.SYNTHETIC)
        with store.writing() as connection:
            return record_history(connection, history, RULEBOOK)

    def log():
        with store.reading() as connection:
            return read_log(connection)

    with closing(store):
        yield SimpleNamespace(take=take, log=log)


def refused(bench, rows):
    with pytest.raises(InputError) as raised:
        bench.take(rows)
    return [(each.key, each.row, each.field) for each in raised.value.problems]


def test_rows_are_recorded_by_day_and_a_measure_is_found_by_its_name(bench):
    assert bench.take(WAY) == 6
    events = ["propose", "list", "submit_plan", "start", "add_measure", "complete_measure"]
    log = bench.log()
    assert [each.event for each in log] == events
    assert log[5].details["measure_number"] == 5
    assert log[1].evidence[1].kind == "decision"
    assert len({each.recorded_at for each in log}) == 1


def test_the_same_file_again_changes_nothing_and_a_grown_one_adds_its_rows(bench):
    bench.take(WAY)
    assert bench.take(WAY) == 0
    report = f"2018-03-12,进展报告,{CODE},甲01镇,乡镇街道,,进展报告=1,,,\n"
    assert bench.take(report + WAY) == 1
    assert bench.take(report + report + WAY) == 1  # the same said twice is two
    assert len(bench.log()) == 8


def test_every_refusal_is_named_and_nothing_is_recorded(bench):
    others = f"""2018-01-01,拟挂牌,{OTHER},甲02镇,市禁毒办,,数据快照=1；县级意见=2,,,
2018-01-02,挂牌,{OTHER},甲02镇,市禁毒委,,决定文号=1；通知=1,,,
2018-01-03,约谈,990101,乙县,市禁毒委,,约谈记录=1,,,
"""
    found = refused(bench, WAY + others)
    assert found == [("reasons_missing", 8, "理由"), ("unit_named_otherwise", 10, "单位名称")]
    assert bench.log() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2018-01-10,list", "2018-01,list", ("detail_not_day", 4, "日期")),
        ("拟挂牌", "拟定", ("event_unknown", 3, "事项")),
        ("佐证材料=1,宣传", "佐证材料=1,走访", ("measure_not_one", 7, "任务")),
        ("佐证材料=1", "材料=1", ("evidence_kind_unknown", 7, "依据材料")),
        (",committee,", ",township,", ("role_not_allowed", 4, "责任主体")),
        ("2018-02-01", "2018-03-01", ("event_not_in_state", 2, "事项")),
    ],
)
def test_each_of_these_rows_is_refused(bench, old, new, expected):
    assert expected in refused(bench, WAY.replace(old, new, 1))
    assert bench.log() == []


def test_a_file_without_events_is_refused(bench):
    with pytest.raises(InputError, match="事项"):
        bench.take(f"2018-01-01,{CODE}\n", "日期,单位代码\n")
