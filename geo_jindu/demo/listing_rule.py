"""The rule by which the demonstration lists its key areas."""

import pandas as pd

from geo_jindu.rates import smooth_rates

KEY_AREAS = 16
"""As many as were listed in the published case."""
FEWEST_REGISTERED = 5_000
"""Registered persons below which a township is too small to be listed; assumed."""
MOST_IN_A_COUNTY = 4
"""Assumed."""


def pick_key_areas(outflow: pd.Series, registered: pd.Series, county: pd.Series) -> list[str]:
    """Pick the townships with the highest smoothed outflow rates.

    Parameters
    ----------
    outflow, registered
        Persons, index = code.
    county
        County of each township, same index.

    Returns
    -------
    list of str
        16 codes, highest empirical Bayes rate first, at most four in a county, none with fewer than
        5,000 registered persons.
    """
    rates = smooth_rates(outflow.to_numpy(float), registered.to_numpy(float)).rate
    eligible = pd.DataFrame({"rate": rates, "county": county})[registered >= FEWEST_REGISTERED]
    ranked = eligible.sort_values("rate", ascending=False, kind="stable")
    allowed = ranked.groupby("county").cumcount() < MOST_IN_A_COUNTY
    return [str(code) for code in ranked.index[allowed][:KEY_AREAS]]
