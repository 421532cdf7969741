"""What an assessment is made of: places, and the counts of every source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from geo_jindu.configuration import Source
from geo_jindu.counting import check_source, count_source
from geo_jindu.counts import Counts
from geo_jindu.errors import InputError, Problem
from geo_jindu.places import Places, Reading, read_places
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace


@dataclass(frozen=True)
class Inputs(Places):
    """Places and what was counted there.

    Attributes
    ----------
    counts
        By source id.
    covered
        First and last days that the files of a source cover, ISO dates, by source id; nothing of a
        population.
    """

    counts: Mapping[str, Counts]
    covered: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file that is behind the figures, by its path or name."""
        digests = dict(self.place_digests)
        for counts in self.counts.values():
            digests |= counts.files
        return dict(sorted(digests.items()))


def read_inputs(
    workspace: Workspace,
    read_townships: Callable[[Workspace], Townships],
    report: Callable[[str], None] = lambda file: None,
    contradictions: tuple[Problem, ...] = (),
) -> Inputs:
    """Read every file of a workspace, and count the rows of its sources.

    Parameters
    ----------
    read_townships
        `boundaries.read_townships`, handed in because the core does not know that package.
    report
        Called with each file's path before it is read.
    contradictions
        Problems of the configuration; the files of the settings concerned are not read.

    Raises
    ------
    InputError
        With the contradictions and the problems of all files together.
    """
    reading = Reading(report, contradictions)
    places = read_places(workspace, read_townships, reading)
    counts = {
        source.id: count_or_check(source, workspace, places, reading)
        for source in workspace.configuration.sources
    }
    if reading.problems or places is None:
        raise InputError(reading.problems)
    known = {name: each for name, each in counts.items() if each is not None}
    covered = {name: (each.days,) if each.days[0] else () for name, each in known.items()}
    return Inputs(**vars(places), counts=known, covered=covered)


def count_or_check(
    source: Source, workspace: Workspace, places: Places | None, reading: Reading
) -> Counts | None:
    """Count the rows of a source, or without places at least check its file.

    Returns
    -------
    Counts or None
        ``None`` if there are no places, or the file has problems; ``reading`` keeps them.
    """

    def read() -> Counts | None:
        if places is not None:
            return count_source(source, places)
        check_source(source, workspace)
        return None

    counts: Counts | None = reading.attempt((f"sources.{source.id}.",), source.file, read)
    return counts
