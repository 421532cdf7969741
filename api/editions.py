"""The results as they are now: new ones are taken when a run has written them, whole or not at all."""

import time
from pathlib import Path
from threading import Lock

from starlette.concurrency import run_in_threadpool

from api.counties import release_of_counties
from api.disputes import Dispute, show_disputes
from api.errors import LOGGER, Refused
from api.reader import Reader
from api.releases import Results, read_results
from api.views import View
from geo_jindu.errors import OutputError
from geo_jindu.outputs import ASSESSMENT, FOLDER
from geo_jindu.store import Store
from geo_jindu.store.corrections import open_corrections
from geo_jindu.texts import Language
from geo_jindu.tiers import Tier

MOST_COUNTY_VIEWS = 32
"""How many views of readers limited to counties are kept."""

_DISPUTES_KEPT = 1.0
"""How long [s] disputes count as known after they were read; those lodged here are known at once."""
_BROKEN_KEPT = 10.0
"""How long [s] until results that could not be read are read again, though unchanged."""

_Signature = tuple[int, ...]


class Edition:
    """Results of one run with the disputes of one moment.

    Attributes
    ----------
    is_outdated
        Whether there are newer results that cannot be read.
    """

    def __init__(self, results: Results, disputes: frozenset[Dispute], *, is_outdated: bool) -> None:
        self.results = results
        self.disputes = disputes
        self.is_outdated = is_outdated
        self._city = {
            tier: View(results, show_disputes(release, disputes))
            for tier, release in results.releases.items()
        }
        self._of_counties: dict[tuple[Tier, frozenset[str]], View] = {}
        self._lock = Lock()

    @property
    def language(self) -> Language:
        """The language of the workspace."""
        return self.results.language

    def view(self, reader: Reader) -> View:
        """Return what a reader is shown.

        Raises
        ------
        Refused
            If the reader is limited to counties of which none is here.
        """
        tier = Tier.PLANNER if reader.tier.sees_exact_counts else reader.tier
        if not reader.counties:
            return self._city[tier]
        with self._lock:
            key = tier, reader.counties
            view = self._of_counties.pop(key, None) or self._view_counties(tier, reader.counties)
            self._of_counties[key] = view  # the last one asked for stands last
            if len(self._of_counties) > MOST_COUNTY_VIEWS:
                self._of_counties.pop(next(iter(self._of_counties)))
        return view

    def _view_counties(self, tier: Tier, counties: frozenset[str]) -> View:
        release = release_of_counties(self.results, tier, counties)
        if not release.rows:
            raise Refused(403, "no_county")
        return View(self.results, show_disputes(release, self.disputes), self._city[Tier.PUBLIC])

    def make_ready(self) -> None:
        """Make the answers to readers of the whole city now."""
        for tier, view in self._city.items():
            view.make_ready(Reader(tier))


class Editions:
    """Keeps the edition of the moment.

    Raises
    ------
    OutputError
        When it is made, if there are no results or they cannot be trusted.
    """

    def __init__(self, workspace: Path, store: Store) -> None:
        self._workspace = workspace
        self._store = store
        self._signature = self._sign()
        self._disputes_at = self._failed_at = 0.0
        self._is_busy = False
        results = read_results(workspace)
        self.edition = Edition(results, self._read_disputes(results), is_outdated=False)
        self.edition.make_ready()

    async def current(self) -> Edition:
        """Return the edition of this moment; while one request brings it up to date, others go on."""
        if self._is_due() and not self._is_busy:
            self._is_busy = True
            try:
                await run_in_threadpool(self._renew)
            finally:
                self._is_busy = False
        return self.edition

    def forget_disputes(self) -> None:
        """Read the disputes again before the next answer."""
        self._disputes_at = 0.0

    def _is_due(self) -> bool:
        are_old = time.monotonic() - self._disputes_at > _DISPUTES_KEPT
        return are_old or self._is_retried() or self._sign() != self._signature

    def _is_retried(self) -> bool:
        return self.edition.is_outdated and time.monotonic() - self._failed_at > _BROKEN_KEPT

    def _renew(self) -> None:
        before = self.edition
        if self._is_retried() or self._sign() != self._signature:
            self._take_new_results()
        disputes = self._read_disputes(self.edition.results)
        if self.edition is before and disputes != before.disputes:
            self.edition = Edition(before.results, disputes, is_outdated=before.is_outdated)

    def _take_new_results(self) -> None:
        self._signature = self._sign()
        try:
            results = read_results(self._workspace)
            if results.provenance is not self.edition.results.provenance:
                raise OutputError("results_mix_provenance")  # keys of a demonstration open no real data
            edition = Edition(results, self._read_disputes(results), is_outdated=False)
            edition.make_ready()
        except (OutputError, LookupError, TypeError, ValueError) as error:
            LOGGER.error("new results cannot be read, older ones are shown: %s", type(error).__name__)
            self._failed_at = time.monotonic()
            self.edition.is_outdated = True
        else:
            self.edition = edition

    def _read_disputes(self, results: Results) -> frozenset[Dispute]:
        found = open_corrections(self._store, results.vintage)
        self._disputes_at = time.monotonic()
        return frozenset((each.code, each.indicator) for each in found)

    def _sign(self) -> _Signature:
        """Return what changes when a run writes new results."""
        try:
            status = (self._workspace / FOLDER / ASSESSMENT).stat()
        except OSError:
            return ()
        return status.st_mtime_ns, status.st_size, status.st_ino
