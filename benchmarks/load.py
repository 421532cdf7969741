"""Ask one address again and again over one connection; run as a process of its own.

``python load.py PORT PATH REQUESTS STATUS [NAME=VALUE ...]`` asks 127.0.0.1 with these headers, checks
the status of each answer and prints the seconds that all of them took.
"""

import http.client
import sys
from time import perf_counter


def ask(port: int, path: str, requests: int, status: int, headers: dict[str, str]) -> float:
    """Return the time [s] of some requests, after one that does not count.

    Raises
    ------
    RuntimeError
        At the first answer with another status.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    start = perf_counter()
    for number in range(requests + 1):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != status:
            raise RuntimeError(f"{path} answered {answer.status}, not {status}")
        if number == 0:
            start = perf_counter()
    seconds = perf_counter() - start
    connection.close()
    return seconds


if __name__ == "__main__":
    port, path, requests, status, *headers = sys.argv[1:]
    named = dict(header.split("=", 1) for header in headers)
    print(ask(int(port), path, int(requests), int(status), named))
