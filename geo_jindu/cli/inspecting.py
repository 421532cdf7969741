"""An inspection, composed: files to findings, a repaired copy, map and JSON."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from geo_jindu.boundary_findings import Inspection, inspection_json
from geo_jindu.cli.inspection_report import show_inspection, show_repair, show_written
from geo_jindu.cli.terminal import language, progress, show_notes
from geo_jindu.datums import is_projected_in_metres
from geo_jindu.errors import InputError, Problem
from geo_jindu.new_files import refuse_existing, write_new_files
from geo_jindu.texts import translate

if TYPE_CHECKING:
    from boundaries.coverage_repair import Repaired
    from boundaries.inspected_file import InspectedFile


@dataclass(frozen=True)
class Layer:
    """A boundary file as the command line names it; ``option`` is where its datum is declared."""

    path: Path
    option: str
    datum: str
    columns: Mapping[str, str]
    layer: str = ""


@dataclass(frozen=True)
class Outputs:
    """What is to be written; ``fill_below_m2`` goes with ``repaired``."""

    json: Path | None
    map: Path | None
    repaired: Path | None
    fill_below_m2: float | None

    @property
    def paths(self) -> list[Path]:
        """The files that are asked for."""
        return [path for path in (self.json, self.map, self.repaired) if path]


def inspect_file(
    subject: Layer,
    parents: Layer | None,
    reference: Layer | None,
    measuring_crs: str,
    outputs: Outputs,
) -> None:
    """Inspect a boundary file, write what is asked for and print the report.

    Raises
    ------
    InputError, OutputError
        Before anything is written.
    """
    from boundaries.inspection import InspectionSettings, inspect_boundaries

    _refuse_outputs(outputs)
    repaired = after = None
    with _steps(4 if outputs.repaired else 3) as step:
        step("reading", file=subject.path)
        file = _read(subject)
        others = [_read(layer) if layer else None for layer in (parents, reference)]
        crs, notes = _choose_crs(file, measuring_crs)
        step("inspecting")
        settings = InspectionSettings(crs, *(each.frame if each else None for each in others))
        inspection = inspect_boundaries(file.frame, settings)
        if outputs.repaired:
            step("repairing")
            repaired = _repair(file, crs, outputs)
            after = inspect_boundaries(repaired.frame, settings)
        step("writing")
        write_new_files(_contents(file, inspection, repaired, outputs))
    show_notes([*file.notes, *(note for each in others if each for note in each.notes), *notes])
    show_inspection(file, inspection)
    if repaired and after:
        show_repair(file, repaired, after)
    show_written(outputs.paths)


@contextmanager
def _steps(total: int) -> Iterator[Callable[..., None]]:
    """Show a progress bar; give the function that names the step that begins."""
    with progress() as bar:
        task = bar.add_task("", total=total, completed=-1)

        def step(key: str, **values: object) -> None:
            said = translate(f"inspection.{key}", language(), **values)
            bar.update(task, advance=1, description=escape(said))

        yield step


def _refuse_outputs(outputs: Outputs) -> None:
    from boundaries.inspected_file import WRITTEN_FORMATS

    problems = []
    if outputs.repaired and outputs.fill_below_m2 is None:
        problems.append(Problem("option_needs", field="--repair", values={"needed": "--fill-below"}))
    if outputs.repaired and outputs.repaired.suffix.lower() not in WRITTEN_FORMATS:
        known = {"known": " ".join(WRITTEN_FORMATS)}
        problems.append(Problem("format_not_written", str(outputs.repaired), values=known))
    if problems:
        raise InputError(problems)
    refuse_existing(outputs.paths)


def _read(layer: Layer) -> "InspectedFile":
    from boundaries.inspected_file import read_inspected_file

    return read_inspected_file(
        layer.path, layer.columns, datum=layer.datum, layer=layer.layer, option=layer.option
    )


def _choose_crs(file: "InspectedFile", given: str) -> tuple[str, list[Problem]]:
    """Return the measuring CRS, the UTM zone of the place if none is given, and what to say of it."""
    from boundaries.measuring import measure

    if given and not is_projected_in_metres(given):
        values = {"crs": given}
        raise InputError([Problem("measuring_crs_not_metres", field="--measuring-crs", values=values)])
    notes = [] if "name" in file.columns else [Problem("names_not_known", str(file.path))]
    if not given:
        zone = file.frame.estimate_utm_crs()
        given = f"EPSG:{zone.to_epsg()}"
        notes.append(Problem("measuring_crs_chosen", values={"crs": given, "name": zone.name}))
    measure(file.frame.geometry, given, "--measuring-crs")
    return given, notes


def _repair(file: "InspectedFile", crs: str, outputs: Outputs) -> "Repaired":
    from boundaries.coverage_faces import SLIVER_WIDTH_M
    from boundaries.coverage_repair import repair_coverage

    return repair_coverage(
        file.frame,
        measuring_crs=crs,
        fill_below_m2=outputs.fill_below_m2 or 0.0,
        snap_below_m=SLIVER_WIDTH_M,
    )


def _contents(
    file: "InspectedFile", inspection: Inspection, repaired: "Repaired | None", outputs: Outputs
) -> dict[Path, bytes]:
    """Return the files to write by path."""
    from boundaries.inspected_file import repaired_file
    from maps import draw_inspection_map

    contents = {}
    if outputs.json:
        read = {"file": file.path.name, "columns": file.columns}
        repair = _repair_fields(repaired, outputs) if repaired else None
        contents[outputs.json] = inspection_json(inspection, read=read, repair=repair)
    if outputs.map:
        contents[outputs.map] = draw_inspection_map(file.frame, inspection, language()).encode()
    if outputs.repaired and repaired:
        ending = outputs.repaired.suffix.lower()
        contents[outputs.repaired] = repaired_file(file, repaired.frame.geometry, ending)
    return contents


def _repair_fields(repaired: "Repaired", outputs: Outputs) -> dict[str, object]:
    fields = {name: value for name, value in vars(repaired).items() if name != "frame"}
    return {"fill_below_m2": outputs.fill_below_m2} | fields
