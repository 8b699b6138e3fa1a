"""A client as a process of its own that is quick to start: asks once, as a stream, and says how it ended.

    python -I asker.py PORT KEY BODY_FILE

Exit codes: 0 the answer was whole, 3 it was not, 4 refused, 5 it was never sent.
"""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

WHOLE, CUT, REFUSED, UNSENT = 0, 3, 4, 5


def main(port: str, key: str, path: str) -> int:
    body = Path(path).read_bytes()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    try:
        connection.connect()
    except OSError:
        return UNSENT
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/responses", body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            return REFUSED
        told = answer.read()
    except (OSError, http.client.HTTPException):
        return CUT
    return WHOLE if b"event: response.completed" in told else CUT


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
