"""Scan statistics of Kulldorff: candidates, models, search, and what is found.

What the literature calls a zone is a candidate here: a set of units that may be a cluster.
"""

from geo_jindu.hotspots.scan.candidates import Candidates, circles, ellipses
from geo_jindu.hotspots.scan.clusters import Cluster, Scan
from geo_jindu.hotspots.scan.flexible import flexible
from geo_jindu.hotspots.scan.models import (
    expected_over_strata,
    scan_bernoulli,
    scan_permutation,
    scan_poisson,
    scan_poisson_over_time,
)

__all__ = [
    "Candidates",
    "Cluster",
    "Scan",
    "circles",
    "ellipses",
    "expected_over_strata",
    "flexible",
    "scan_bernoulli",
    "scan_permutation",
    "scan_poisson",
    "scan_poisson_over_time",
]
