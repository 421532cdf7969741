"""The rules and the life-cycle in force: those of the workspace, or the examples that come along."""

from dataclasses import dataclass

from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.lifecycle import Lifecycle
from geo_jindu.rectification.lifecycle_file import example_text, load_lifecycle
from geo_jindu.rectification.rules import Ruleset, example_rules, load_rules
from geo_jindu.workspace import Workspace

EXAMPLE = "lifecycle.toml"


@dataclass(frozen=True)
class Rulebook:
    """Rules and the life-cycle that uses them."""

    ruleset: Ruleset
    lifecycle: Lifecycle

    @property
    def parameters(self) -> dict[str, object]:
        """Values of the rules' parameters by id."""
        return {each.id: each.value for each in self.ruleset.parameters.values()}


def read_rulebook(workspace: Workspace) -> Rulebook:
    """Read the files that ``[rectification]`` names; the examples where it names none.

    Raises
    ------
    InputError
        With file and line, if one of them cannot be read or names what does not exist.
    """
    settings = workspace.configuration.rectification
    rules = settings.rules if settings else ""
    cycle = settings.lifecycle if settings else ""
    ruleset = load_rules(_text(workspace, rules), rules) if rules else example_rules()
    ids = {*ruleset.rules, *ruleset.groups}
    text = _text(workspace, cycle) if cycle else example_text()
    return Rulebook(ruleset, load_lifecycle(text, cycle or EXAMPLE, ids, {*ruleset.parameters}))


def _text(workspace: Workspace, file: str) -> str:
    try:
        return workspace.path(file).read_text("utf-8-sig")
    except OSError:
        raise InputError([Problem("file_missing", file=file)]) from None
    except UnicodeDecodeError:
        raise InputError([Problem("configuration_not_utf8", file=file)]) from None
