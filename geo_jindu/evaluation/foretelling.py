"""How well a ranking foretold what was counted next: capture, PAI, PEI, RRI.

A ranking is judged by its first k units. Units of equal score share the places that are left evenly,
so that no order of codes helps or harms; sums over the first k are then expected values over all ways
to break the tie.
"""

from dataclasses import dataclass

import numpy as np

from geo_jindu.rates import Array


@dataclass(frozen=True)
class Accuracy:
    """What the first k units of a ranking are worth; none has a unit.

    Attributes
    ----------
    capture
        Share of all that was counted next that lay in them, 0 to 1.
    pai
        Predictive accuracy index: capture over their share of the size (Chainey, Tompson and Uhlig
        2008, doi:10.1057/palgrave.sj.8350066). 1 is what a ranking by lot would have.
    pei
        Predictive efficiency index: the PAI over that of the k units that turned out densest, as in
        Wheeler and Steenbeek 2021 (doi:10.1007/s10940-020-09457-7). At most 1 if sizes are equal.
    rri
        Recovery rate index: what was predicted for them over what was counted there (Wheeler and
        Steenbeek 2021); above 1 too much was expected.

    NaN where it cannot be computed: nothing was counted next at all or, for ``rri``, among the first k,
    or there is no prediction of numbers.
    """

    capture: float
    pai: float
    pei: float
    rri: float


def places_among_first(score: Array, k: int) -> Array:
    """Return the part of each unit that is among the k of highest score, 0 to 1; they sum to k.

    Parameters
    ----------
    score
        Shape (n,), no NaN.
    k
        1 to n.
    """
    cut = np.partition(score, -k)[-k]
    above, tied = score > cut, score == cut
    part: Array = np.where(tied, (k - above.sum()) / tied.sum(), above.astype(float))
    return part


def judge_ranking(
    observed: Array, score: Array, sizes: Array, k: int, predicted: Array | None = None
) -> Accuracy:
    """Judge the first k units of a ranking by what was counted next.

    Parameters
    ----------
    observed
        What was counted next, shape (n,).
    score
        What the units were ranked by, highest first; shape (n,), no NaN.
    sizes
        Population or ground of each unit, above 0; shape (n,).
    k
        1 to n.
    predicted
        What each unit was expected to count next, shape (n,), if numbers were predicted.
    """
    first, best = places_among_first(score, k), places_among_first(observed / sizes, k)
    return measure_accuracy(first, best, observed, sizes, predicted)


def measure_accuracy(
    first: Array, best: Array, observed: Array, sizes: Array, predicted: Array | None
) -> Accuracy:
    """Measure what chosen units are worth; arrays of one shape, of several rankings laid end to end.

    Parameters
    ----------
    first, best
        The part of each unit that was chosen, and that would best have been.
    """
    total = observed.sum()
    found = first @ observed
    if not total:
        return Accuracy(np.nan, np.nan, np.nan, np.nan)
    pai = found / total / (first @ sizes / sizes.sum())
    best_pai = best @ observed / total / (best @ sizes / sizes.sum())
    recovered = first @ predicted / found if predicted is not None and found else np.nan
    return Accuracy(float(found / total), float(pai), float(pai / best_pai), float(recovered))
