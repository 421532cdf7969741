"""Township hotspots: the domain core, free of web framework and maps."""

__version__ = "0.1.0"
SOFTWARE = f"geo_jindu {__version__}"
