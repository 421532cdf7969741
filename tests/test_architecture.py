"""The house keeps its own rules."""

import subprocess
import sys
from importlib.metadata import distribution, distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = ("geo_jindu", "boundaries", "maps", "api")
FOLDERS = [Path(str(find_spec(name).origin)).parent for name in PACKAGES]
MODULES = [path for folder in FOLDERS for path in folder.rglob("*.py")]


def test_the_core_imports_without_web_framework_and_without_folium():
    code = """
import sys, pkgutil, importlib
for name in ("fastapi", "starlette", "uvicorn", "folium", "branca", "api", "maps", "boundaries"):
    sys.modules[name] = None
import geo_jindu
for module in pkgutil.walk_packages(geo_jindu.__path__, "geo_jindu."):
    if module.name != "geo_jindu.__main__":
        importlib.import_module(module.name)
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_help_imports_nothing_heavy():
    code = """
import sys
import geo_jindu.cli
heavy = {"geopandas", "pandas", "numpy", "scipy", "shapely", "folium", "fastapi"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_no_other_distribution_claims_our_names():
    owners = {name: set() for name in PACKAGES}
    for each in distributions():
        top = {Path(str(path)).parts[0] for path in each.files or [] if len(Path(str(path)).parts) > 1}
        for name in top & set(PACKAGES):
            owners[name].add(each.metadata["Name"])
    assert all(names <= {"geo_jindu", "geo-jindu"} for names in owners.values()), owners


def test_it_is_never_uploaded_and_typed():
    metadata = distribution("geo_jindu").metadata
    assert "Private :: Do Not Upload" in metadata.get_all("Classifier")
    assert all((folder / "py.typed").is_file() for folder in FOLDERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_modules_stay_short_and_well_named(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300
    assert path.stem not in {"utils", "util", "helpers", "common", "manager", "base", "misc"}
