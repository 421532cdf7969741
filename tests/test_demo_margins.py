"""What the files of the demonstration add up to; every number is typed here, none read from the code.

The numbers are those of the brief, but for the population of 2015, which the brief leaves open.
"""

import shutil
import sys

import geopandas as gpd
import pandas as pd
import pytest
from conftest import SHARED

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.cli import main, reconciliation
from geo_jindu.demo import write_demo
from geo_jindu.demo.check import check_demo

COUNTIES = [
    one + two for one, two in zip("甲乙丙丁戊己庚辛壬癸子丑", "县市县县市县县区区区区区", strict=True)
]
REGISTERED_2015 = [1176, 1402, 1018, 1058, 948, 731, 445, 325, 404, 236, 226, 59]  # thousands
RESIDENT_2015 = [902, 1146, 778, 800, 812, 566, 346, 341, 427, 251, 241, 67]
OUTFLOW = {
    "2017": [300, 280, 190, 150, 130, 92, 48, 34, 28, 22, 20, 8],
    "2018": [51, 110, 82, 62, 58, 38, 19, 14, 12, 9, 8, 3],
}
INTERVIEWED = [17, 19, 12, 10, 9, 5, 2, 1, 1, 1, 0, 0]
COURTS = {  # 2016, 2017, 2018, the three years, the three years before, rise in per cent
    "起诉毒品犯罪案件": (863, 935, 1015, 2813, 2590, 8.6, 1),
    "起诉毒品犯罪人数": (958, 1041, 1131, 3130, 2882, 8.6, 1),
    "审理判决毒品犯罪案件": (820, 960, 1123, 2903, 2481, 17, 0),
    "审理判决毒品犯罪人数": (931, 1088, 1273, 3292, 2814, 17, 0),
}
CHANGES = {
    ("刑事案件同比", "2018"): -3.42,
    ("治安案件同比", "2018"): -26.45,
    ("刑事案件同比", "2019Q1"): -5.57,
    ("治安案件同比", "2019Q1"): -17.68,
    ("十一类涉黑涉恶报警同比", "2019Q1"): -64.3,
}
ENCODINGS = {"人口_2015": "gb18030", "人口_2018": "gb18030"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    directory = tmp_path_factory.mktemp("demo") / "workspace"
    write_demo(directory, *make_fictional_vintages())
    return directory


@pytest.fixture(scope="module")
def tables(demo):
    """Return every table by the name of its file, as text, counts as whole numbers."""
    found = {}
    for path in (demo / "data").iterdir():
        if path.suffix == ".xlsx":
            found[path.stem] = pd.read_excel(path, dtype=str, keep_default_na=False)
        elif path.suffix == ".csv":
            encoding = ENCODINGS.get(path.stem, "utf-8-sig")
            found[path.stem] = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
    for table in found.values():
        for column in {"人数", "户籍人口", "常住人口", "应执行人数", "已执行人数"} & set(table.columns):
            table[column] = table[column].astype(int)
    return found


@pytest.fixture(scope="module")
def city(tables):
    """Return the figures of the whole city by name and period."""
    figures = tables["全市指标"]
    assert not figures.duplicated(["指标", "时期"]).any()
    return figures.set_index(["指标", "时期"])["数值"].astype(float).to_dict()


def by_county(table, column):
    """Sum by the name of the county, which must be the one the codes say."""
    names = table["乡镇代码"].str[:4].map({f"99{at:02}": name for at, name in enumerate(COUNTIES, 1)})
    assert (names == table["县名称"]).all()
    return table.groupby("县名称")[column].sum().reindex(COUNTIES, fill_value=0).tolist()


def by_year(table, column, values=None):
    """Count rows, or sum values, of 2016, 2017 and 2018."""
    years = table[column].str[:4]
    counted = years.value_counts() if values is None else table[values].groupby(years).sum()
    return [int(counted[year]) for year in ("2016", "2017", "2018")]


def change(now, before, digits):
    return round(100 * now / before - 100, digits)


def test_there_are_184_townships_in_12_counties(tables):
    people = tables["人口_2018"]
    kinds = people["乡镇名称"].str.extract("(街道|镇|乡)$")[0].value_counts()
    assert kinds.to_dict() == {"街道": 37, "镇": 115, "乡": 32}
    assert people["乡镇代码"].str.fullmatch(r"99\d{7}").all()
    assert people["乡镇代码"].nunique() == people["乡镇名称"].nunique() == 184
    assert people["县名称"].unique().tolist() == COUNTIES


def test_population_of_2018_is_that_of_the_city(tables):
    assert tables["人口_2018"][["户籍人口", "常住人口"]].sum().tolist() == [8_130_000, 6_670_000]
    assert (tables["人口_2018"][["户籍人口", "常住人口"]] > 0).all(axis=None)


def test_population_of_2018_by_county_is_that_of_the_brief(tables):
    allocation = SHARED / "demo" / "allocation.csv"
    if not allocation.is_file():
        pytest.skip("the population of the counties (shared/demo/allocation.csv) is not here")
    brief = pd.read_csv(allocation).groupby("county_name")[["hukou", "resident"]].sum().loc[COUNTIES]
    assert by_county(tables["人口_2018"], "户籍人口") == brief["hukou"].tolist()
    assert by_county(tables["人口_2018"], "常住人口") == brief["resident"].tolist()


def test_population_of_2015_adds_up_by_county(tables):
    people = tables["人口_2015"]
    assert len(people) == people["乡镇代码"].nunique() == 184
    assert by_county(people, "户籍人口") == [1000 * number for number in REGISTERED_2015]
    assert by_county(people, "常住人口") == [1000 * number for number in RESIDENT_2015]
    assert [sum(REGISTERED_2015), sum(RESIDENT_2015)] == [8028, 6677]


def test_outflow_of_the_city_and_all_counties_is_that_of_the_brief(tables):
    outflow = tables["外流贩毒"]
    for year, expected in OUTFLOW.items():
        mine = outflow[outflow["查获月份"].str.startswith(f"{year}年")]
        assert by_county(mine, "人数") == expected
    assert sum(OUTFLOW["2017"]) == 1302
    assert sum(OUTFLOW["2018"]) == 466
    assert outflow["人数"].sum() == 1302 + 466
    assert (change(51, 300, 0), change(466, 1302, 1)) == (-83, -64.2)


def test_cases_solved_add_up_with_those_that_cannot_be_placed(tables, city):
    cases = tables["涉毒案件"].query("破案日期 != ''")
    assert by_year(cases, "破案日期") == [575, 689, 825]
    assert len(cases) == 2089
    assert ((cases["经度"] == "") == (cases["纬度"] == "")).all()
    assert by_year(cases.query("经度 == ''"), "破案日期") == [29, 34, 41]
    assert city["破获毒品刑事案件（此前三年）", "2013–2015"] == 1745
    assert change(2089, 1745, 1) == change(825, 689, 1) == 19.7


def test_suspects_arrested_add_up_with_those_that_cannot_be_placed(tables, city):
    suspects = tables["抓获嫌疑人"]
    assert by_year(suspects, "抓获月份", "人数") == [820, 952, 1112]
    assert suspects["人数"].sum() == 2884
    assert by_year(suspects.query("乡镇代码 == ''"), "抓获月份", "人数") == [41, 48, 56]
    assert city["抓获涉毒犯罪嫌疑人（此前三年）", "2013–2015"] == 2469
    assert change(2884, 2469, 2) == change(1112, 952, 2) == 16.81


@pytest.mark.parametrize("name", COURTS)
def test_what_was_prosecuted_and_adjudicated_rose_as_given(city, name):
    *years, total, before, rise, digits = COURTS[name]
    assert [city[name, year] for year in ("2016", "2017", "2018")] == years
    assert sum(years) == total
    assert city[name, "2013–2015"] == before
    assert change(total, before, digits) == change(years[2], years[1], digits) == rise


def test_target_cases_are_solved_cases(tables):
    cases = tables["涉毒案件"]
    ministry, province = (cases[cases["督办级别"] == level] for level in ("部督", "省督"))
    assert by_year(ministry, "破案日期") == [6, 7, 6]
    assert by_year(province, "破案日期") == [7, 8, 9]
    assert (len(ministry), len(province)) == (19, 24)


def test_community_rehabilitation_is_nowhere_executed_more_often_than_ordered(tables):
    rows = tables["社区戒毒康复"]
    assert rows[["应执行人数", "已执行人数"]].sum().tolist() == [5400, 5380]
    assert round(100 * 5380 / 5400, 2) == 99.63
    assert (rows["已执行人数"] <= rows["应执行人数"]).all()
    assert (rows["已执行人数"] >= 0).all()
    assert len(rows) == rows["乡镇代码"].nunique() == 184


def test_the_register_breaks_and_co_operation_stands_alone(city):
    register = city["在册人数（核查前）", "2018"], city["在册人数（核查后）", "2018"]
    assert register == (20_000, 10_240)
    assert change(register[1], register[0], 1) == -48.8
    assert city["协作办案抓获", "2018"] == 280


def test_changes_without_levels_stay_without(tables, city):
    figures = tables["全市指标"]
    context = figures[figures["指标"].str.contains("同比|刑事案件$|治安|报警")]
    context = context[~context["指标"].str.startswith("破获毒品")]
    assert set(context["单位"]) == {"%"}
    assert {key: city[key] for key in zip(context["指标"], context["时期"], strict=True)} == CHANGES
    assert (figures["单位"] == "%").sum() == len(CHANGES)


def test_each_figure_of_the_city_says_where_it_comes_from(tables):
    def expected(figure):
        if figure["时期"] == "2013–2015":
            return "推算"
        return "假定" if figure["指标"].startswith(("起诉", "审理判决", "在册人数")) else "给定"

    figures = tables["全市指标"]
    assert figures["依据"].tolist() == figures.apply(expected, axis=1).tolist()


def test_interviews_add_up_by_county_and_all_key_areas_had_one(tables):
    rows = tables["整治台账"].query("事项 == '约谈'").rename(columns={"单位代码": "代码"})
    townships, counties = rows[rows["层级"] == "乡镇街道"], rows[rows["层级"] == "县（市、区）"]
    of_county = townships.rename(columns={"代码": "乡镇代码"}).drop_duplicates("乡镇代码")
    assert by_county(of_county.assign(townships=1), "townships") == INTERVIEWED
    assert townships["代码"].nunique() == 77
    assert len(townships) == 78  # the one that relapsed was interviewed again
    assert counties["单位名称"].tolist() == COUNTIES[:6]
    assert set(tables["挂牌名单"]["乡镇代码"]) <= set(townships["代码"])


def smooth(outflow, registered):
    """Smooth towards the city: Marshall 1991, the global moment estimator, per 10,000."""
    city_rate, crude = outflow.sum() / registered.sum(), outflow / registered
    spread = (registered * (crude - city_rate) ** 2).sum() / registered.sum()
    variance = max(spread - city_rate / registered.mean(), 0)
    weight = variance / (variance + city_rate / registered)
    return 10_000 * (city_rate + weight * (crude - city_rate))


def pick(table):
    """Pick 16 by hand: highest rate first, at least 5,000 registered, at most four in a county."""
    picked = []
    for code in table.sort_values("rate", ascending=False).index:
        in_county = sum(table.loc[each, "county"] == table.loc[code, "county"] for each in picked)
        if len(picked) < 16 and in_county < 4 and table.loc[code, "registered"] >= 5000:
            picked.append(code)
    return picked


def test_the_rule_of_this_test_is_that_of_the_brief():
    allocation = SHARED / "demo" / "allocation.csv"
    if not allocation.is_file():
        pytest.skip("the allocation of the brief (shared/demo/allocation.csv) is not here")
    brief = pd.read_csv(allocation, index_col="code")
    rate = smooth(brief["outflow_2017"], brief["hukou"])
    assert (rate - brief["eb17"]).abs().max() < 0.001
    picked = pick(pd.DataFrame({"rate": rate, "county": brief["county"], "registered": brief["hukou"]}))
    assert brief.loc[picked, "listed_seq"].tolist() == list(range(1, 17))


@pytest.fixture(scope="module")
def outflow(tables):
    """Return the outflow of both years per township, index = code."""
    rows = tables["外流贩毒"]
    sums = (
        rows.groupby([rows["乡镇代码"], rows["查获月份"].str[:4]])["人数"].sum().unstack(fill_value=0)
    )
    return sums.reindex(tables["人口_2018"]["乡镇代码"], fill_value=0)


def test_the_16_key_areas_follow_from_the_rule_in_three_batches(tables, outflow):
    people, listing = tables["人口_2018"].set_index("乡镇代码"), tables["挂牌名单"]
    table = pd.DataFrame({"registered": people["户籍人口"], "county": people["县名称"]})
    table["rate"] = smooth(outflow["2017"], people["户籍人口"])
    assert table["rate"].nlargest(40).is_unique
    assert listing["乡镇代码"].tolist() == pick(table)
    assert listing["序号"].tolist() == [str(number) for number in range(1, 17)]
    assert listing["批次"].tolist() == ["1"] * 8 + ["2"] * 5 + ["3"] * 3
    days = ["2018-01-10"] * 8 + ["2018-04-10"] * 5 + ["2018-07-10"] * 3
    assert listing["首次挂牌日期"].tolist() == days


def test_key_areas_fell_little_more_than_all_others(tables, outflow):
    is_listed = outflow.index.isin(tables["挂牌名单"]["乡镇代码"])
    for mine, fell in ((is_listed, -67.0), (~is_listed, -63.2)):
        before, after = outflow[mine].sum()
        assert change(after, before, 1) == fell


STATES = {
    "1": ["摘牌巩固期（回头看）"] * 4 + ["挂牌整治", "申请验收", "继续挂牌（延期）", "拟摘牌公示"],
    "2": ["摘牌巩固期（回头看）"] * 2 + ["申请验收", "验收评估中", "继续挂牌（延期）"],
    "3": ["整治中"] * 3,
}


def test_each_batch_has_its_states_on_26_june_2019(tables):
    listing = tables["挂牌名单"]
    for batch, states in STATES.items():
        assert sorted(listing.loc[listing["批次"] == batch, "状态"]) == sorted(states)
    is_delisted = listing["状态"].str.startswith("摘牌")
    assert listing["现挂牌"].tolist() == is_delisted.map({True: "否", False: "是"}).tolist()
    assert (listing["现挂牌"] == "是").sum() == 10
    assert ((listing["摘牌日期"] != "") == is_delisted).all()
    assert (listing["督办层级"] == "3").sum() == 6  # all that were ever extended
    again = listing[listing["本次挂牌日期"] != listing["首次挂牌日期"]]
    assert again["状态"].tolist() == ["挂牌整治"]


def test_six_counties_have_agreements_and_there_are_four_stations(tables):
    ledger = tables["整治台账"]
    assert ledger.query("事项 == '签订警务合作协议'")["县名称"].tolist() == COUNTIES[:6]
    levels = ledger.query("事项 == '设立缉毒情报工作站'")["层级"].value_counts().to_dict()
    assert levels == {"全市": 2, "县（市、区）": 2}


def test_there_are_a_dozen_provinces_and_the_first_two_have_most(tables):
    rows = tables["外流贩毒"]
    provinces = rows.groupby("查获省")["人数"].sum().sort_values(ascending=False)
    assert len(provinces) == 12
    assert provinces.index[:2].tolist() == ["天省", "地省"]
    cities = rows.groupby(["查获省", "查获市"])["人数"].sum().sort_values(ascending=False)
    assert {province for province, _ in cities.index[:4]} == {"天省", "地省"}
    assert set(tables["整治台账"]["所在省"]) - {""} <= set(provinces.index)


def test_the_county_that_was_second_in_the_survey_is_second(tables):
    survey = tables["满意度调查"]
    asked, satisfied = (
        survey[name].astype(int).groupby(survey["县名称"]).sum() for name in ("受访人数", "满意人数")
    )
    share = satisfied / asked
    assert share.sort_values(ascending=False).index[1] == "乙市"
    assert share.nunique() == 12
    assert (survey["满意人数"].astype(int) <= survey["受访人数"].astype(int)).all()


def parts(weights):
    """Return weights with at most four decimals as whole parts of ten thousand."""
    assert weights.str.fullmatch(r"[01]\.\d{1,4}").all()
    return (weights.astype(float) * 10_000).round().astype(int)


def test_weights_of_each_plant_add_up_to_exactly_one(tables):
    served = tables["污水厂服务范围"]
    assert (parts(served["权重"]).groupby(served["污水处理厂"]).sum() == 10_000).all()
    assert served["污水处理厂"].tolist() == [f"{name}污水处理厂" for name in served["县名称"]]
    measured = tables["污水监测"].groupby("污水处理厂")["监测月份"]
    assert set(measured.groups) == set(served["污水处理厂"])
    assert (measured.nunique() == 24).all()
    assert (measured.size() == 24).all()


def test_the_crosswalk_reproduces_the_later_vintage(tables):
    changes, then, now = (tables[name] for name in ("区划变更", "人口_2015", "人口_2018"))
    assert (parts(changes["权重"]).groupby(changes["原代码"]).sum() == 10_000).all()
    assert set(changes["变更类型"]) == {"合并", "拆分", "改码", "代码重用"}
    moved = then.merge(changes, how="left", left_on="乡镇代码", right_on="原代码").replace("", pd.NA)
    code, name = moved["新代码"].fillna(moved["乡镇代码"]), moved["新名称"].fillna(moved["乡镇名称"])
    assert set(zip(code, name, strict=True)) == set(zip(now["乡镇代码"], now["乡镇名称"], strict=True))
    persons = moved["户籍人口"] * moved["权重"].fillna("1").astype(float)
    by_county = persons.groupby(code.str[:4]).sum().round(6)
    assert by_county.tolist() == [1000 * number for number in REGISTERED_2015]


def test_the_crosswalk_follows_the_ground(demo, tables):
    changes, file = tables["区划变更"], demo / "data" / "乡镇边界.gpkg"
    layers = [gpd.read_file(file, layer=layer).to_crs(32658) for layer in ("区划2015", "区划2018")]
    old, new = (layer.set_index("乡镇代码").geometry for layer in layers)
    shared = old[changes["原代码"]].intersection(new[changes["新代码"]], align=False).area
    covered = shared.groupby(changes["原代码"].to_numpy()).sum()
    assert (covered / old[covered.index].area).between(0.9999, 1.0001).all()
    unchanged = tables["人口_2015"]["乡镇代码"]
    unchanged = unchanged[~unchanged.isin(changes["原代码"])]
    assert len(unchanged) == 184 - 6
    assert old[unchanged].geom_equals(new[unchanged], align=False).all()


def test_monthly_rows_cover_every_month_of_their_years(tables):
    months = [f"{month:02}" for month in range(1, 13)]
    for name, years in (("抓获嫌疑人", "2016 2017 2018"), ("污水监测", "2017 2018")):
        written = tables[name].filter(like="月份").iloc[:, 0]
        assert set(written) == {f"{year}-{month}" for year in years.split() for month in months}
    written = tables["外流贩毒"]["查获月份"]
    assert set(written) == {f"{year}年{int(month)}月" for year in OUTFLOW for month in months}


# ---- the check of the project itself: it must find what is right, and see what is not


def test_the_check_finds_every_margin_equal(demo):
    comparisons = check_demo(demo)
    assert [each for each in comparisons if not each.is_equal] == []
    expected = {(each.margin, each.county, each.period): each.expected for each in comparisons}
    assert len(expected) == len(comparisons) >= 184
    assert expected["outflow", "甲县", "2018"] == 51
    assert expected["outflow_change", "", "2018 / 2017"] == -64.2
    assert expected["cases_solved", "", "2016–2018"] == 2089
    assert expected["key_areas_by_rule", "", "2017"] == 16


EDITS = """
file | its first row where | becomes | and this margin differs
外流贩毒 | | 人数 +1 | outflow
外流贩毒 | 县名称 甲县 | 县名称 丑区 | outflow
外流贩毒 | | 查获月份 2016年3月 | outflow
外流贩毒 | | 人数 | outflow_change
外流贩毒 | | 人数 三 | outflow_change_of_county
外流贩毒 | | 查获省 辰省 | network_provinces
涉毒案件 | 破案日期 $ | DELETED | incidents
涉毒案件 | 破案日期 2017 | DELETED | cases_solved
涉毒案件 | 破案日期 2017 | 破案日期 2019-01-01 | cases_solved
涉毒案件 | 破案日期 2018 | 经度 | cases_solved_unplaced
涉毒案件 | 督办级别 省督 | 督办级别 | province_target_cases
涉毒案件 | 督办级别 部督 | 督办级别 省督 | ministry_target_cases
抓获嫌疑人 | 乡镇代码 99 | 人数 +1 | suspects_arrested
抓获嫌疑人 | 乡镇代码 $ | 乡镇代码 990100100 | suspects_arrested_unplaced
全市指标 | 指标 协作办案 | 数值 281 | cooperation_arrests
全市指标 | 数值 1745 | 数值 1746 | cases_solved_change
全市指标 | 数值 10240 | 数值 11240 | register_revision
全市指标 | 数值 -3.42 | 数值 3.42 | crime_change
全市指标 | 数值 -3.42 | 数值 约三成 | crime_change
社区戒毒康复 | | 已执行人数 -1 | rehabilitation_executed
社区戒毒康复 | | DELETED | rehabilitation_ordered
人口_2018 | | 常住人口 +1 | resident_population_2018
人口_2018 | | 户籍人口 很多 | registered_population_2018
人口_2018 | | 户籍人口 0 | registered_population_2018
人口_2018 | | 户籍人口 -99999 | registered_population_2018
人口_2018 | | 县名称 乙市 | registered_population_2018
人口_2018 | | 乡镇代码 990100101 | townships_with_population
人口_2015 | | 户籍人口 -1 | registered_population_2015
挂牌名单 | | 乡镇代码 990100100 | key_areas_by_rule
挂牌名单 | | 序号 9 | key_areas_by_rule
挂牌名单 | | 批次 2 | key_areas
挂牌名单 | 现挂牌 否 | 现挂牌 是 | key_areas_listed_now
整治台账 | 责任主体 县（市、区）禁毒办 | DELETED | rectification_events
整治台账 | 层级 县 | DELETED | interviewed_counties
整治台账 | 依据材料 约谈记录=〔2018〕21号 | 县名称 丑区 | interviewed_townships
整治台账 | 事项 签订 | DELETED | cooperation_agreements
整治台账 | 事项 设立 | 层级 县（市、区） | liaison_substations
整治台账 | 事项 提请 | DELETED | key_areas_handed_up
整治台账 | 事项 反弹 | DELETED | relapses
整治台账 | 依据材料 约谈记录=〔2018〕20号 | DELETED | interviewed_townships
满意度调查 | 县名称 乙市 | 满意人数 600 | satisfaction_rank
满意度调查 | 县名称 庚县 | 满意人数 很多 | satisfaction_rank
"""


def edit(stem, change_table):
    """Return a function that changes a table of a demonstration and writes it back as it was."""
    encoding = ENCODINGS.get(stem, "utf-8-sig")

    def change_file(directory):
        [path] = (directory / "data").glob(f"{stem}.*")
        if path.suffix == ".xlsx":
            change_table(pd.read_excel(path, dtype=str, keep_default_na=False)).to_excel(
                path, index=False
            )
        else:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
            change_table(table).to_csv(path, index=False, encoding=encoding)

    return change_file


def parse(stem, where, becomes):
    """Return what one line of `EDITS` does."""

    def change_table(table):
        column, _, wanted = where.partition(" ")
        row = table.index[table[column].str.match(wanted)][0] if where else table.index[0]
        if becomes == "DELETED":
            return table.drop(index=row)
        column, _, value = becomes.partition(" ")
        is_added = value[:1] in {"+", "-"}
        table.loc[row, column] = str(int(table.loc[row, column]) + int(value)) if is_added else value
        return table

    return edit(stem, change_table)


@pytest.fixture
def copy(demo, tmp_path):
    return shutil.copytree(demo, tmp_path / "copy")


@pytest.fixture
def check(monkeypatch, capsys):
    """Return a function that runs ``geo-jindu demo --check`` and tells exit code, output and errors."""

    def run(directory, language="en"):
        monkeypatch.setenv("GEO_JINDU_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["geo-jindu", "demo", "--check", str(directory)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


LINES = EDITS.strip().splitlines()[1:]


@pytest.mark.parametrize("line", LINES, ids=[line.split("| ")[-1] for line in LINES])
def test_the_check_sees_each_of_these_edits(copy, check, monkeypatch, line):
    *change, margin = (part.strip() for part in line.split("|"))
    parse(*change)(copy)
    seen = []
    monkeypatch.setattr(
        reconciliation, "check_demo", lambda path: seen.extend(check_demo(path)) or seen
    )
    code, shown, errors = check(copy)
    assert (code, "✗" in shown) == (2, True), errors
    assert "figures differ; see the table above" in errors
    assert margin in {each.margin for each in seen if not each.is_equal}


def test_exchanged_listings_and_moved_persons_are_seen_by_the_rule(copy, demo, tables):
    """Neither changes a sum of a county."""
    first, second = tables["挂牌名单"]["乡镇代码"][:2]
    exchanged = {first: second, second: first}
    edit("挂牌名单", lambda listing: listing.replace({"乡镇代码": exchanged}))(copy)
    assert {each.margin for each in check_demo(copy) if not each.is_equal} == {"key_areas_by_rule"}
    shutil.rmtree(copy)
    shutil.copytree(demo, copy)
    others = tables["人口_2018"].query("县名称 == '甲县' and 乡镇代码 != @first")
    parse("人口_2018", f"乡镇代码 {first}", "户籍人口 +30000")(copy)
    parse(
        "人口_2018", f"乡镇代码 {others.nlargest(1, '户籍人口')['乡镇代码'].item()}", "户籍人口 -30000"
    )(copy)
    assert {each.margin for each in check_demo(copy) if not each.is_equal} == {"key_areas_by_rule"}


def test_a_year_without_outflow_is_a_difference_not_a_failure(copy, check):
    edit("外流贩毒", lambda table: table[~table["查获月份"].str.startswith("2017")])(copy)
    code, _, errors = check(copy)
    assert (code, "figures differ" in errors) == (2, True), errors


def test_outflow_with_a_code_of_another_county_is_seen(copy, tables):
    """The line goes by the code: the county has lost a person though its name still stands there."""
    listed = set(tables["挂牌名单"]["乡镇代码"])
    homes = set(tables["人口_2018"].query("县名称 == '甲县'")["乡镇代码"]) - listed
    parse("外流贩毒", f"乡镇代码 {'|'.join(sorted(homes))}", "乡镇代码 991200100")(copy)
    assert "outflow" in {each.margin for each in check_demo(copy) if not each.is_equal}


@pytest.mark.parametrize(("language", "says"), [("zh", "项全部相符"), ("en", "figures are equal")])
def test_the_check_of_a_fresh_demonstration_ends_with_zero(demo, check, language, says):
    before = sorted(demo.rglob("*"))
    code, shown, errors = check(demo, language)
    assert (code, errors) == (0, "")
    assert says in shown
    assert "✗" not in shown
    assert sorted(demo.rglob("*")) == before


@pytest.mark.parametrize(("language", "says"), [("zh", "项不符；见上表"), ("en", "figures differ")])
def test_a_difference_is_said_in_both_languages(copy, check, language, says):
    parse("全市指标", "指标 协作办案", "数值 281")(copy)
    code, shown, errors = check(copy, language)
    assert code == 2
    assert says in errors
    assert {"280", "281", "✗"} <= set(shown.split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_that_cannot_be_read_is_named_at_once(copy, check, language):
    gone = {line.split("|")[0].strip() for line in LINES}
    for stem in gone - {"全市指标", "外流贩毒"}:
        next((copy / "data").glob(f"{stem}.*")).unlink()
    edit("全市指标", lambda table: table.rename(columns={"数值": "值"}))(copy)
    edit("外流贩毒", lambda table: table.rename(columns={"查获月份": "月份"}))(copy)
    code, _, errors = check(copy, language)
    assert code == 2
    assert errors.count("no such file" if language == "en" else "文件不存在") == len(gone) - 2 == 8
    assert errors.count("no such column" if language == "en" else "文件中没有这一列") == 2
    for place in (*gone, "“数值”", "“查获月份”"):
        assert place in errors


def test_a_row_called_real_is_refused(copy, check):
    parse("涉毒案件", "", "数据性质 真实数据")(copy)
    code, _, errors = check(copy)
    assert code == 2
    assert "data/涉毒案件.csv, row 2, “数据性质”: this row is marked real" in errors
