"""Ingestion: a source's file becomes one batch of counts, recorded whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
from sqlalchemy import Connection

from geo_jindu.configuration import Source
from geo_jindu.counting import count_source
from geo_jindu.digests import digest_bytes, digest_file
from geo_jindu.errors import InputError, Problem
from geo_jindu.places import Places
from geo_jindu.store.batches import Batch, UnitList, add_batch, read_batches
from geo_jindu.store.in_force import find_recorded, refuse_overlap
from geo_jindu.tiers import Tier


def input_digest(source: Source, places: Places) -> str:
    """Return the digest of a source's file and of everything that decides how it is counted."""
    configuration = places.workspace.configuration
    how = source.model_dump(mode="json", exclude={"file", "source", "licence"})
    mapping = configuration.code_mapping.file if configuration.code_mapping else ""
    if source.by_code or source.kind.is_population:
        units = places.units(source)["name"].sort_index()
        where = digest_bytes(orjson.dumps([[code, name] for code, name in units.items()]))
    else:
        where = places.place_digests[configuration.boundaries.file]
    content = {
        "file": digest_file(places.workspace.path(source.file)),
        "how": how | {"provenance": configuration.area.provenance.value},
        "mapping": places.place_digests.get(mapping, ""),
        "vintage": places.vintage(source),
        "where": where,
    }
    return digest_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def is_recorded(
    source: Source, places: Places, earlier: Sequence[Batch], *, replaces: bool
) -> Batch | None:
    """Return the batch that a source's file made, if the same file was read in the same way.

    Parameters
    ----------
    earlier
        The batches of the source.
    replaces
        Whether only a batch that no later one supersedes will do.
    """
    try:
        digest = input_digest(source, places)
    except OSError:
        return None  # reading it will say why
    return find_recorded(digest, earlier, replaces=replaces)


def prepare_batch(
    source: Source,
    places: Places,
    *,
    role: Tier = Tier.PLANNER,
    replaces: bool = False,
    report: Callable[[float], None] = lambda done: None,
) -> Batch:
    """Read a source's file and count it; nothing is recorded yet.

    Parameters
    ----------
    role
        Whoever ingests it.
    replaces
        Whether it is to supersede what is recorded for its days.
    report
        Called with the share of the file that has been read.

    Raises
    ------
    InputError
        See `geo_jindu.counting.count_source`; also if no row of a source of records has a date.
    """
    counts = count_source(source, places, report)
    if not source.kind.is_population and not counts.days[0]:
        raise InputError([Problem("no_row_dated", file=source.file)])
    return Batch(
        source=source.id,
        file=_name(source, places),
        file_sha256=counts.files[source.file],
        input_digest=input_digest(source, places),
        counts=counts,
        replaces=replaces,
        exceptions=source.unscreened,
        role=role,
    )


def record_batch(connection: Connection, batch: Batch, units: UnitList) -> tuple[Batch, bool]:
    """Record a batch, unless it is recorded already.

    Parameters
    ----------
    connection
        Of `geo_jindu.store.Store.writing`.

    Returns
    -------
    Batch
        As it is recorded.
    bool
        Whether it was recorded now.

    Raises
    ------
    InputError
        If it covers days that are recorded and does not replace them; see
        `geo_jindu.store.in_force.refuse_overlap`.
    """
    earlier = read_batches(connection, batch.counts.provenance, source=batch.source)
    known = find_recorded(batch.input_digest, earlier, replaces=batch.replaces)
    if known is not None:
        return known, False
    refuse_overlap(batch, earlier)
    return add_batch(connection, batch, units), True


def unit_list(source: Source, places: Places) -> UnitList:
    """Return the units that the codes of a source's counts are of."""
    configuration, vintage = places.workspace.configuration, places.vintage(source)
    frame = places.units(source)
    if vintage not in places.crosswalks or configuration.crosswalk is None:
        file, origin = configuration.boundaries.file, configuration.boundaries.source
    else:
        file = origin = configuration.crosswalk.units.file
        frame = frame.assign(county="")
    return UnitList(vintage, places.place_digests[file], origin, frame[["name", "county"]])


def _name(source: Source, places: Places) -> str:
    """Return what a file is called in the store: as the configuration writes it, else its name."""
    configured = places.workspace.configuration.source(source.id).file
    return source.file if source.file == configured else Path(source.file).name
