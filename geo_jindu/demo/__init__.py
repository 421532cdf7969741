"""The synthetic demonstration: a fictional prefecture whose files add up to the published case."""

from geo_jindu.demo.workspace import write_demo

__all__ = ["write_demo"]
