"""Run the command line as ``python -m geo_jindu``."""

from geo_jindu.cli import main

main()
