"""Six townships with counts of two outcomes, an effort and a process, ready to be scored."""

import tomllib

import numpy as np
import pandas as pd
from conftest import CONFIGURATION, GRID
from scipy.sparse import csr_array

from geo_jindu.configuration import Configuration
from geo_jindu.measures import measure_indicator
from geo_jindu.rectification.fields import ProportionId
from geo_jindu.scoring.scores import score_progress, score_severity

CODES = list(GRID)
MORE = """
[[indicators]]
id = "outflow"
name = "外流贩毒"
kind = "outcome"
polarity = "higher_is_worse"
use = "severity"
numerator = "outflow"
denominator = "registered"
window = ["2017-01", "2018-12"]

[[indicators]]
id = "solved"
name = "破案"
kind = "enforcement_output"
polarity = "higher_is_better"
use = "shown"
numerator = "solved"
denominator = "residents"
window = ["2018-01", "2018-12"]

[[proportions]]
id = "rehabilitation_execution"
name = "执行率"
file = "rehabilitation.csv"
fields = { code = "code", name = "name", period = "year", part = "done", whole = "ordered" }

[[proportions]]
id = "satisfaction"
name = "满意度"
file = "survey.csv"
fields = { code = "code", name = "name", period = "year", part = "satisfied", whole = "asked" }
"""
COUNTS = {
    "incident": [50, 10, 5, 20, 30, 10],
    "outflow": [4, 30, 2, 25, 3, 6],
    "solved": [40, 5, 5, 10, 10, 10],
}
SHARES = {
    ProportionId.REHABILITATION_EXECUTION: [(90, 100), (50, 50), (0, 0), (10, 40), (3, 4)],
    ProportionId.SATISFACTION: [(60, 100), (95, 100), (99, 100), (70, 100), (98, 100), (90, 100)],
}


def configured(settings=""):
    """Return the configuration of the grid with what a test adds."""
    text = CONFIGURATION.replace("{language}", "en") + MORE + settings
    return Configuration.model_validate(tomllib.loads(text))


def measure(configuration, counts=None, persons=None, left_out=()):
    """Measure every indicator of the configuration; 1,000 persons in each township but as said."""
    found = {}
    for indicator in configuration.indicators:
        at = indicator.id
        found[at] = measure_indicator(
            indicator,
            pd.Series((counts or {}).get(at, COUNTS[at]), index=CODES),
            pd.Series((persons or {}).get(at, [1000.0] * 6), index=CODES, dtype=float),
            csr_array((6, 6)),
            configuration.ranking,
            99,
            pd.Series([code in left_out for code in CODES], index=CODES),
            pd.Series(False, index=CODES),
        )
    return found


def shares(**changed):
    """Return the tables of proportions, all of 2018 beside a year that must not count."""
    tables = {}
    for each, rows in (SHARES | {ProportionId(key): value for key, value in changed.items()}).items():
        facts = [(code, "2018", *row) for code, row in zip(CODES, rows, strict=False)]
        facts += [(code, "2017", 1, 1) for code in CODES[:1] if rows]
        tables[each] = pd.DataFrame(facts, columns=["code", "year", "part", "whole"])
    return tables


def severity(settings="", **data):
    """Score the severity of the grid."""
    configuration = configured(settings)
    return score_severity(configuration, measure(configuration, **data), shares())


def progress(settings="", **changed):
    """Score the progress of the grid."""
    configuration = configured(settings)
    return score_progress(configuration, measure(configuration), shares(**changed))


def smoothed(counts, per=10_000):
    """Return rates among 1,000 persons each, smoothed as Marshall does."""
    counts, persons = np.array(counts, dtype=float), 1000.0
    mean = counts.mean() / persons
    variance = max(((counts / persons - mean) ** 2).mean() - mean / persons, 0)
    reliability = variance / (variance + mean / persons)
    return (mean + reliability * (counts / persons - mean)) * per
