"""The tables of the demonstration as an office would have them, with Chinese headers.

What is not a margin is written here as the generators made it; nothing is computed.
"""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from geo_jindu.demo.ledger import make_ledger
from geo_jindu.demo.margins import CITY, CITY_FILE, SURVEY_FILE, Margin, read_margins
from geo_jindu.demo.records import make_incidents, make_outflow, make_suspects
from geo_jindu.demo.rectification import make_courses, make_key_areas
from geo_jindu.demo.surveys import (
    make_earlier_population,
    make_satisfaction,
    make_wastewater_loads,
    make_wastewater_weights,
    split_weights,
)
from geo_jindu.demo.townships import make_township_table
from geo_jindu.texts import translate

Tables = Mapping[str, pd.DataFrame]

BASIS = "依据"
LEDGER_FILE = "data/整治台账.csv"
CHANGES = {"merge": "合并", "split": "拆分", "recode": "改码", "code_reuse": "代码重用"}


def office_tables(
    prefecture: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return every table of the demonstration but the boundaries, by the file it goes to.

    The parameters are those of `geo_jindu.demo.workspace.write_demo`. A column ``依据`` says where a
    figure comes from; tables without it are synthetic throughout.
    """
    table = make_township_table(prefecture)
    return {
        "data/区划变更.csv": _changes(table, crosswalk),
        "data/区划单元.csv": _units(crosswalk),
        **_populations(table, earlier, crosswalk),
        "data/外流贩毒.xlsx": _outflow(table),
        "data/涉毒案件.csv": _incidents(table, prefecture),
        "data/抓获嫌疑人.csv": _suspects(table),
        CITY_FILE: _city_figures(),
        "data/社区戒毒康复.csv": _rehabilitation(table),
        SURVEY_FILE: _satisfaction(table),
        **_wastewater(table),
        **_rectification(table),
    }


def _changes(table: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "原区划版本": crosswalk["from_vintage"],
        "原代码": crosswalk["from_code"],
        "原名称": crosswalk["from_name"],
        "新区划版本": crosswalk["to_vintage"],
        "新代码": crosswalk["to_code"],
        "新名称": crosswalk["to_name"],
        "变更类型": crosswalk["change"].map(CHANGES),
        "权重": split_weights(table, crosswalk),
        "权重依据": "户籍人口",
    }
    return pd.DataFrame(columns)[crosswalk["change"] != "unchanged"]


def _units(crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Return the townships of both vintages."""
    columns = ["区划版本", "乡镇代码", "乡镇名称"]
    sides = [
        crosswalk[[f"{side}_vintage", f"{side}_code", f"{side}_name"]].set_axis(columns, axis=1)
        for side in ("from", "to")
    ]
    return pd.concat(sides).drop_duplicates().sort_values(columns, ignore_index=True)


def _populations(
    table: pd.DataFrame, earlier: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    then = earlier.set_index("code")[["name", "county_name"]]
    then = then.join(make_earlier_population(table, earlier, crosswalk))
    vintages = {"2015-12-31": then, "2018-01-01": table}
    return {
        f"data/人口_{vintage[:4]}.csv": pd.DataFrame(
            {
                **_places(mine, mine.index),
                "区划版本": vintage,
                "户籍人口": mine["registered"].to_numpy(),
                "常住人口": mine["resident"].to_numpy(),
            }
        )
        for vintage, mine in vintages.items()
    }


def _outflow(table: pd.DataFrame) -> pd.DataFrame:
    outflow = make_outflow(table)
    columns = {
        **_places(table, outflow["code"]),
        "查获月份": outflow["year"] + "年" + outflow["month"].astype(str) + "月",
        "查获省": outflow["province"],
        "查获市": outflow["city"],
        "人数": outflow["persons"],
    }
    return pd.DataFrame(columns)


def _incidents(table: pd.DataFrame, prefecture: gpd.GeoDataFrame) -> pd.DataFrame:
    incidents = make_incidents(table, prefecture)
    columns = {
        "发案日期": _day(incidents["happened_on"]).replace("", "不详"),
        "类别": incidents["category"],
        "督办级别": incidents["supervision"],
        "破案日期": _day(incidents["solved_on"]),
        "经度": incidents["longitude"],
        "纬度": incidents["latitude"],
    }
    return pd.DataFrame(columns)


def _suspects(table: pd.DataFrame) -> pd.DataFrame:
    suspects = make_suspects(table)
    columns = {
        **_places(table, suspects["code"]),
        "抓获月份": suspects["year"] + "-" + suspects["month"].astype(str).str.zfill(2),
        "人数": suspects["persons"],
    }
    return pd.DataFrame(columns)


def _city_figures() -> pd.DataFrame:
    margins = [margin for margin in read_margins().margins if margin.file == CITY_FILE]
    return pd.concat([_city_rows(margin) for margin in margins], ignore_index=True)


def _city_rows(margin: Margin) -> pd.DataFrame:
    """Return the city's figures of a margin that no other file holds, by year, without their sum."""
    figures = [each for each in read_margins().figures(margin) if each.county == CITY]
    columns = {
        "指标": translate(f"margins.{margin.id}", "zh"),
        "时期": [each.period for each in figures],
        "数值": pd.Series([each.value for each in figures], dtype=object),
        "单位": translate(f"units.{margin.unit}", "zh"),
        BASIS: [translate(f"bases.{each.basis}", "zh") for each in figures],
    }
    rows = pd.DataFrame(columns)
    return rows[rows["时期"] != "2016–2018"]


def _rehabilitation(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        **_places(table, table.index),
        "年度": "2018",
        "应执行人数": table["rehabilitation_ordered"].to_numpy(),
        "已执行人数": table["rehabilitation_executed"].to_numpy(),
    }
    return pd.DataFrame(columns)


def _satisfaction(table: pd.DataFrame) -> pd.DataFrame:
    survey = make_satisfaction(table)
    columns = {
        **_places(table, survey.index),
        "年度": "2018",
        "受访人数": survey["interviewed"].to_numpy(),
        "满意人数": survey["satisfied"].to_numpy(),
    }
    return pd.DataFrame(columns)


def _wastewater(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    weights = make_wastewater_weights(table)
    loads = make_wastewater_loads(table, weights)
    measured = {
        "污水处理厂": loads["plant"],
        "监测月份": loads["month"].astype(str),
        "每千人每日负荷（毫克）": loads["load"],
    }
    served = {
        "污水处理厂": weights["plant"],
        **_places(table, weights["code"]),
        "权重": weights["weight"],
        "服务人口": weights["served"],
    }
    return {
        "data/污水监测.csv": pd.DataFrame(measured),
        "data/污水厂服务范围.csv": pd.DataFrame(served),
    }


def _rectification(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    courses = make_courses(table)
    return {
        "data/挂牌名单.xlsx": _with_names(make_key_areas(courses), table),
        LEDGER_FILE: make_ledger(courses, table),
    }


def _places(table: pd.DataFrame, codes: pd.Series | pd.Index) -> dict[str, pd.Series]:
    """Return the columns that say which township a row is about; empty where the code is."""
    code = pd.Series(codes).reset_index(drop=True)
    return {
        "乡镇代码": code,
        "乡镇名称": code.map(table["name"]).fillna(""),
        "县名称": code.map(table["county_name"]).fillna(""),
    }


def _with_names(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Put name and county after the code, and write days as text."""
    named = rows.copy()
    for column in named.select_dtypes("datetime").columns:
        named[column] = _day(named[column])
    places = _places(table, rows["乡镇代码"])
    named.insert(2, "乡镇名称", places["乡镇名称"])
    named.insert(3, "县名称", places["县名称"])
    return named


def _day(days: pd.Series) -> pd.Series:
    text: pd.Series = days.dt.strftime("%Y-%m-%d").fillna("")
    return text
