"""Documentation pages from an installed package: nothing is loaded from outside."""

from importlib.resources import files

from api.answers import Answer
from api.security import PLAIN_HEADERS, page_headers

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><link rel="icon" href="data:,"><title>geo_jindu API</title>
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null });
</script>
</body>
</html>
"""

_FILES = {
    "docs_script": ("swagger-ui-bundle.js", "text/javascript"),
    "docs_style": ("swagger-ui.css", "text/css"),
}


def documentation_answers() -> dict[str, tuple[str, Answer]]:
    """Return path and answer of the page and of the files it loads, by name of the route."""
    static = files("fastapi_offline").joinpath("static")
    page = Answer(_PAGE.encode(), "text/html", page_headers(_PAGE, scripts="'self'"))
    loaded = {
        name: (f"/docs/{file}", Answer(static.joinpath(file).read_bytes(), media_type, PLAIN_HEADERS))
        for name, (file, media_type) in _FILES.items()
    }
    return {"docs": ("/docs", page)} | loaded
