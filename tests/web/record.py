"""Record what the stream of an attempt sends, for the timeline's tests.

    python tests/web/record.py ADDRESS NAME PASSWORD ATTEMPT > web/src/task/timeline/fixtures/live.jsonl

Each line is one frame, `{"id": …, "event": …, "data": …}`, as it came; the recording ends with the turn. The instructions to the
model are left out, and the server's folders are named anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import httpx

FOLDER = re.compile(r"(/[\w.-]+)+/data/")


def frames(client: httpx.Client, attempt: str) -> Iterator[dict[str, Any]]:
    """The frames until the turn's end."""
    headers = {"Accept": "text/event-stream"}
    with client.stream("GET", f"/api/v1/attempts/{attempt}/events", headers=headers, timeout=120) as response:
        frame: dict[str, Any] = {}
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event"):
                frame[name] = value
            elif name == "data":
                frame["data"] = shorter(json.loads(value))
            elif not line and frame:
                yield frame
                if frame["data"].get("type") == "turn_finished":
                    return
                frame = {}


def shorter(data: dict[str, Any]) -> dict[str, Any]:
    """The event without what nobody is shown."""
    if data.get("type") == "prefix_sent":
        data |= {"instructions": "…", "tools": []}
    if data.get("source") == "pullwright":
        data["item"] = {"type": "message", "role": "developer", "content": "…"}
    return data


def main(address: str, name: str, password: str, attempt: str) -> None:
    """Sign in, and print the frames."""
    with httpx.Client(base_url=address) as client:
        client.post("/api/v1/sign-in", json={"name": name, "password": password}, headers={"Origin": address}).raise_for_status()
        for frame in frames(client, attempt):
            print(FOLDER.sub("/srv/pullwright/", json.dumps(frame, ensure_ascii=False)))


if __name__ == "__main__":
    main(*sys.argv[1:])
