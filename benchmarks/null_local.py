"""How often the local statistics find something where there is nothing: 5 in 100 would be right."""

import warnings
from importlib.util import find_spec

import numpy as np
from local_statistics import queen_lattice
from rows import Row

from geo_jindu.hotspots.emerging import EmergingClass, find_emerging
from geo_jindu.hotspots.getis_ord import g_star
from geo_jindu.hotspots.local_moran import local_moran
from geo_jindu.hotspots.significance import LEVEL, two_sided_p
from geo_jindu.neighbours import with_self
from geo_jindu.rates import Array, standardise_rates

MAPS, SIDE, PERMUTATIONS = 300, 14, 999
CUBES, STEPS = 100, 12
INCIDENTS = 2.0
"""Expected in a township of median size."""


def measure_null() -> list[Row]:
    """Draw maps and cubes without any clustering and count what is significant at 5 %."""
    generator = np.random.default_rng(1)
    normal = [generator.normal(size=SIDE**2) for _ in range(MAPS)]
    rates = [_draw_rates(generator) for _ in range(MAPS)]
    return [
        *_local_rows("normal values", normal),
        *_local_rows("rates of small counts", rates),
        *_emerging_rows(generator),
    ]


def _draw_rates(generator: np.random.Generator) -> Array:
    """Draw standardised rates of townships of unequal size, all with the same true rate."""
    persons = generator.gamma(4, 1_000, SIDE**2) + 500
    return standardise_rates(generator.poisson(INCIDENTS * persons / 4_000).astype(float), persons)


def _local_rows(kind: str, maps: list[Array]) -> list[Row]:
    binary = queen_lattice(SIDE, SIDE)
    star = [two_sided_p(g_star(values, with_self(binary))) for values in maps]
    moran = [local_moran(values, binary, PERMUTATIONS, seed) for seed, values in enumerate(maps)]
    note = f"{len(maps)} maps of {SIDE**2} units; {_peer_note(maps[:30])}"
    return [
        Row(f"p <= .05 by chance, {kind}: G* analytic", _percent(star), "%"),
        Row(
            f"p <= .05 by chance, {kind}: local Moran analytic",
            _percent([m.analytic_p for m in moran]),
            "%",
        ),
        Row(
            f"p <= .05 by chance, {kind}: permutation",
            _percent([m.p for m in moran]),
            "%",
            note=note,
        ),
    ]


def _peer_note(maps: list[Array]) -> str:
    """Say how often esda's one-sided p-value is at most .05, on fewer maps because it is slower."""
    if find_spec("esda") is None:
        return "esda is not installed"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends numba
        from esda import Moran_Local
        from libpysal.weights import lat2W

        weights = lat2W(SIDE, SIDE, rook=False)
        p = [Moran_Local(values, weights, permutations=PERMUTATIONS, seed=1).p_sim for values in maps]
    return f"esda's p_sim on {len(maps)} of them {_percent(p):.1f} %"


def _emerging_rows(generator: np.random.Generator) -> list[Row]:
    weights, persons = queen_lattice(SIDE, SIDE), np.full(SIDE**2, 4_000.0)
    found = [
        find_emerging(
            generator.poisson(INCIDENTS, (SIDE**2, STEPS)).astype(float),
            persons,
            weights,
            resamples=1,
            seed=1,
        )
        for _ in range(CUBES)
    ]
    named = [np.mean([name is not EmergingClass.NONE for name in each.classes]) for each in found]
    note = f"{CUBES} cubes of {SIDE**2} × {STEPS}"
    return [
        Row("emerging hot spots by chance: townships with a class", 100 * float(np.mean(named)), "%"),
        Row("trend of G* p <= .05 by chance", _percent([e.trend.p for e in found]), "%", note=note),
    ]


def _percent(p: list[Array]) -> float:
    return 100 * float(np.mean(np.concatenate(p) <= LEVEL))
