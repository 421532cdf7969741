"""From one code system to the other, through a file that has both codes of each township."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geo_jindu.code_systems import CodeSystem
from geo_jindu.codes import find_namesakes, normalise_code, normalise_name, shorten_code
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.provenance import Provenance
from geo_jindu.readers import read_table


@dataclass(frozen=True)
class CodeMapping:
    """Both codes of each township.

    Attributes
    ----------
    file
        Where it was read from, for messages.
    frame
        Columns ``name``, ``mca`` and ``nbs``; a code is empty where a system has none.
    """

    file: str
    frame: pd.DataFrame

    def conflicts(self) -> list[str]:
        """Return the codes that name different townships in the two systems, in order."""
        mca, nbs = (normalise_name(self._units(system)["name"]) for system in CodeSystem)
        both = mca.index.intersection(nbs.index)
        mca, nbs = mca[both], nbs[both]
        return sorted(both[mca != nbs])

    def convert(
        self, codes: pd.Series, names: pd.Series, source: CodeSystem, target: CodeSystem, file: str
    ) -> pd.Series:
        """Return the codes of ``target`` for rows that give code and name in ``source``.

        Parameters
        ----------
        codes, names
            Text, same index: the row in ``file``.

        Raises
        ------
        InputError
            With every row whose code is not in ``source``, bears another name there, or has no code
            in ``target``; candidates are named.
        """
        known = self._units(source)
        short = shorten_code(codes)
        expected = short.map(known["name"]).fillna("")
        agrees = (expected != "") & (normalise_name(expected) == normalise_name(names))
        converted = short.map(known[target.value]).fillna("")
        problems = problems_in_rows(
            "code_of_another_unit",
            file,
            "",
            codes.index[~agrees],
            lambda row: {
                "code": codes[row],
                "name": names[row],
                "expected": expected[row] or "—",
                "system": source.value,
                "candidates": find_namesakes(names[row], known["name"]),
            },
        )
        problems += problems_in_rows(
            "code_without_counterpart",
            file,
            "",
            codes.index[agrees & (converted == "")],
            lambda row: {"code": codes[row], "name": names[row], "system": target.value},
        )
        if problems:
            raise InputError(problems)
        return converted

    def _units(self, system: CodeSystem) -> pd.DataFrame:
        """Return the townships that a system has a code for, index = that code."""
        return self.frame[self.frame[system.value] != ""].set_index(system.value)


def read_code_mapping(
    path: Path, columns: Mapping[str, str], provenance: Provenance, file: str
) -> CodeMapping:
    """Read a file with both codes of each township.

    Parameters
    ----------
    columns
        Which column holds ``name``, ``mca`` and ``nbs``.

    Raises
    ------
    InputError
        If the file cannot be read, or a code stands twice in one system.
    """
    table = read_table(path, list(columns.values()), provenance=provenance, file=file)
    frame = pd.DataFrame({"name": table[columns["name"]]})
    problems: list[Problem] = []
    for system in CodeSystem:
        codes = shorten_code(normalise_code(table[columns[system.value]]))
        frame[system.value] = codes
        problems += _repeated_codes(codes, file, columns[system.value])
    if problems:
        raise InputError(problems)
    return CodeMapping(file, frame)


def _repeated_codes(codes: pd.Series, file: str, column: str) -> list[Problem]:
    def quote(row: int) -> Mapping[str, object]:
        return {"code": codes[row]}

    repeated = codes.index[codes.duplicated(keep=False) & (codes != "")]
    return problems_in_rows("code_repeated", file, column, repeated, quote)
