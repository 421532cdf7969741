"""The commented ``geo_jindu.toml`` that ``geo-jindu init`` writes."""

from importlib.resources import files
from pathlib import Path

from geo_jindu.errors import OutputError, not_writable
from geo_jindu.texts import Language
from geo_jindu.workspace import CONFIGURATION_FILE


def write_template(directory: Path, language: Language) -> Path:
    """Write the template into ``directory``, which is made if need be.

    Raises
    ------
    OutputError
        If there is a configuration already, or the folder cannot be written.
    """
    path = directory / CONFIGURATION_FILE
    text = files(__package__).joinpath(f"template.{language}.toml").read_text("utf-8")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        if path.is_file():
            raise OutputError("configuration_exists", path=path) from None
        raise not_writable(directory, error) from None
    return path
