"""Answers made ready beforehand: bytes, their packed form, a strong ETag, the headers of safety."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from geo_jindu.digests import digest_bytes

SMALLEST_PACKED = 1_000
"""Shorter bodies [bytes] are sent as they are: packing would not make them smaller."""


@dataclass(frozen=True)
class Answer:
    """One body and all that is sent with it."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bytes | None = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        packed = gzip.compress(self.body, mtime=0) if len(self.body) >= SMALLEST_PACKED else None
        object.__setattr__(self, "packed", packed)
        object.__setattr__(self, "digest", digest_bytes(self.body)[:32])

    def respond(self, request: Request) -> Response:
        """Return the body, packed if the client takes gzip, or 304 if it has it already.

        The ETag names the reader's tier, so that no cache takes an answer to one for that to another.
        """
        packed = self.packed if accepts_gzip(request.headers.get("accept-encoding", "")) else None
        etag = f'"{self.digest}-{request.state.reader.tier}{"-gzip" if packed else ""}"'
        headers = {"ETag": etag, **self.headers}
        if _is_known(etag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(packed or self.body, headers=headers, media_type=self.media_type)


def accepts_gzip(header: str) -> bool:
    """Return whether an ``Accept-Encoding`` header takes gzip (RFC 9110, section 12.5.3)."""
    weights = {}
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        quality = parameters.strip().removeprefix("q=")
        weights[name.strip()] = quality.strip("0.") != "" or not quality
    return weights.get("gzip", weights.get("*", False))


def _is_known(etag: str, header: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags
