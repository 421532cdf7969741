"""Serving a workspace from this machine."""

import errno
import socket
from pathlib import Path

from geo_jindu.cli.line import is_stale
from geo_jindu.cli.terminal import say
from geo_jindu.errors import OutputError
from geo_jindu.outputs import restore_interrupted
from geo_jindu.workspace import read_workspace


def serve_workspace(directory: Path, host: str, port: int) -> None:
    """Serve the results until interrupted; the address is printed.

    Raises
    ------
    InputError, OutputError
        If the workspace or its results are missing or broken, or the port is taken.
    """
    import uvicorn

    from api import Settings, create_app

    workspace = read_workspace(directory)
    restore_interrupted(directory)
    app = create_app(Settings(workspace=directory))
    if is_stale(workspace):
        say("stale")
    listener = _listen(host, port)
    say("serving", url=f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise OutputError("port_in_use", port=port) from None
        reason = error.strerror or type(error).__name__
        raise OutputError("address_unusable", host=host, port=port, reason=reason) from None
    return listener
