"""Local Moran by conditional permutation and emerging hot spots; time in turn, memory in processes.

The peer is esda's ``Moran_Local`` without numba, if esda is installed.
"""

import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rows import Row, least_ms, least_ms_in_turn
from scipy.sparse import csr_array, diags_array, eye_array, kron

from geo_jindu.hotspots.emerging import find_emerging
from geo_jindu.hotspots.local_moran import local_moran
from geo_jindu.rates import Array

PERMUTATIONS = 999
RESAMPLES = 199
SHAPES = {200: (10, 20), 3_000: (50, 60), 40_000: (200, 200)}
PEER = "esda.Moran_Local"


def measure_local_moran(count: int) -> list[Row]:
    """Take the time and the memory of 999 permutations on a lattice with queen neighbours."""
    what = f"local Moran of {count:,} units, {PERMUTATIONS} permutations"
    note = "ours two-sided, with moments and false discovery rate; the peer one-sided"
    ours, peer = _prepare_ours(count), _prepare_peer(count)
    repeats = 1 if count > 10_000 else 5
    if peer is None:
        (our_ms, _), our_mb = least_ms(ours, repeats), _memory_mb("ours", count)
        return [
            Row(f"{what}: time", our_ms, "ms", note="esda is not installed"),
            Row(f"{what}: memory", our_mb, "MB"),
        ]
    (our_ms, _), (peer_ms, _) = least_ms_in_turn(ours, peer, repeats)
    our_mb, peer_mb, lean_mb = (_memory_mb(who, count) for who in ("ours", "peer", "lean peer"))
    most = f"most at once beside the input; the peer with keep_simulations=False {lean_mb:.1f} MB"
    return [
        Row(f"{what}: time", our_ms, "ms", peer_ms, PEER, note),
        Row(f"{what}: memory", our_mb, "MB", peer_mb, PEER, most),
    ]


def measure_emerging(count: int, steps: int) -> list[Row]:
    """Take the time of emerging hot spots with the confidence of each class."""
    rng = np.random.default_rng(count)
    persons = np.round(rng.gamma(6, 6_000, count) + 1_000)
    counts = rng.poisson(persons[:, None] / 2_000, (count, steps)).astype(float)
    weights = queen_lattice(8, count // 8)
    ours, _ = least_ms(lambda: find_emerging(counts, persons, weights, RESAMPLES, seed=1), 2)
    return [Row(f"emerging hot spots, {count:,} × {steps}, {RESAMPLES} resamples", ours, "ms")]


def queen_lattice(rows: int, columns: int) -> csr_array:
    """Return who touches whom on a lattice, ones, shape (rows columns, rows columns)."""
    down, across = (
        diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(n, n)) for n in (rows, columns)
    )
    near = csr_array(kron(down, across) - eye_array(rows * columns))
    near.eliminate_zeros()
    return near


def _prepare_ours(count: int) -> Callable[[], Any]:
    values, weights = _values(count), queen_lattice(*SHAPES[count])
    return partial(local_moran, values, weights, permutations=PERMUTATIONS, seed=1)


def _prepare_lean_peer(count: int) -> Callable[[], Any] | None:
    return _prepare_peer(count, keep_simulations=False)


def _prepare_peer(count: int, *, keep_simulations: bool = True) -> Callable[[], Any] | None:
    if find_spec("esda") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends numba
        from esda import Moran_Local
        from libpysal.weights import lat2W
    values, weights = _values(count), lat2W(*SHAPES[count], rook=False)
    weights.transform = "r"
    settings = {"permutations": PERMUTATIONS, "keep_simulations": keep_simulations, "seed": 1}
    return partial(Moran_Local, values, weights, **settings)


def _values(count: int) -> Array:
    return np.random.default_rng(count).normal(size=count)


def _memory_mb(who: str, count: int) -> float:
    """Return how much more memory than its input the work takes at most, in a process of its own."""
    code = (
        f"import sys; sys.path.append({str(Path(__file__).parent)!r}); "
        f"import local_statistics; print(local_statistics.own_memory_mb({who!r}, {count}))"
    )
    command = [sys.executable, "-P", "-c", code]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _peak_mb() -> float:
    """Return the most memory this program has held; unlike ``ru_maxrss`` not that of its parent."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def own_memory_mb(who: str, count: int) -> float:
    """Do the work of ``ours``, ``peer`` or ``lean peer`` and return how much memory it took [MB]."""
    prepare = {"ours": _prepare_ours, "peer": _prepare_peer, "lean peer": _prepare_lean_peer}[who]
    first, work = prepare(min(SHAPES)), prepare(count)
    assert first is not None
    assert work is not None
    first()  # what is imported on the way is no part of the work
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts anew
    before = _peak_mb()
    work()
    return _peak_mb() - before
