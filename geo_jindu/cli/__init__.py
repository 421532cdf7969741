"""The terminal: composes boundaries, core, maps and web service, and imports them only when used."""

import os
import sys
import warnings

import click

from geo_jindu.cli.commands import app
from geo_jindu.cli.terminal import ERRORS, language, show_error
from geo_jindu.errors import InputError, OutputError, StoreError
from geo_jindu.texts import translate

BAD_INPUT = 2
OTHER_FAILURE = 1


def main() -> None:
    """Run ``geo-jindu`` and end with 0, 2 for bad input or configuration, 1 for anything else."""
    if not os.environ.get("GEO_JINDU_DEBUG"):
        warnings.simplefilter("ignore")  # libraries speak to developers; what matters is a note
    try:
        app(standalone_mode=True)
    except InputError as error:
        for problem in error.problems:
            show_error(problem)
        sys.exit(BAD_INPUT)
    except (OutputError, StoreError) as error:
        show_error(error.problem)
        sys.exit(BAD_INPUT if error.is_the_callers else OTHER_FAILURE)
    except (click.exceptions.Exit, SystemExit, KeyboardInterrupt):
        raise
    except Exception as error:
        if os.environ.get("GEO_JINDU_DEBUG"):
            raise
        ERRORS.print(translate("cli.unexpected", language(), kind=type(error).__name__))
        sys.exit(OTHER_FAILURE)
