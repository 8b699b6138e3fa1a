"""Who dispatches and watches, over HTTP: what was not answered is asked again, a stream that broke is resumed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx

from upset.plan import PROJECT, Plan, digest

AGAIN = 0.2


async def be_client(plan: Plan) -> None:
    """Dispatch every task in its time, and write down each event of each attempt as it comes."""
    started = float((plan.folder / "started").read_text())
    headers = {"Authorization": f"Bearer {(plan.folder / 'token').read_text()}"}
    fd = os.open(plan.folder / "seen", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    url = f"http://127.0.0.1:{plan.server_port}/api/v1"
    gap = plan.seconds * 0.7 / len(plan.tasks)
    limits = httpx.Limits(max_connections=1000)
    async with httpx.AsyncClient(headers=headers, timeout=20.0, limits=limits) as client, asyncio.TaskGroup() as group:
        for number, count in enumerate(plan.tasks):
            await asyncio.sleep(max(0.0, started + number * gap - time.time()))
            task = await _dispatched(client, url, number, count)
            for attempt in task["attempts"]:
                group.create_task(_watch(client, f"{url}/attempts/{attempt['id']}/events", attempt["id"], fd))


async def _dispatched(client: httpx.AsyncClient, url: str, number: int, count: int) -> dict[str, Any]:
    """The task, however often the server must be asked: the same key is the same task."""
    order = {"project": PROJECT, "prompt": f"Task {number}: the first price is not counted", "attempts": count}
    while True:
        try:
            answer = await client.post(f"{url}/tasks", json=order, headers={"Idempotency-Key": f"chaos-{number}"})
            if answer.status_code == 201:
                return dict(answer.json())
            if answer.status_code < 500:
                raise SystemExit(answer.text)
        except httpx.HTTPError:
            pass
        await asyncio.sleep(AGAIN)


async def _watch(client: httpx.AsyncClient, url: str, attempt: str, fd: int) -> None:
    """Each line of the file: attempt, number, digest of the event as it came."""
    last = 0
    while True:
        try:
            headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last)}
            async with client.stream("GET", url, headers=headers, timeout=httpx.Timeout(20.0, read=60.0)) as answer:
                if answer.status_code == 200:
                    async for number, data in _frames(answer):
                        if number != last + 1:
                            os.write(fd, f"{attempt} {number} jumped-from-{last}\n".encode())
                        last = number
                        os.write(fd, f"{attempt} {number} {digest(data)}\n".encode())
        except httpx.HTTPError:
            pass
        await asyncio.sleep(AGAIN)


async def _frames(answer: httpx.Response) -> AsyncIterator[tuple[int, bytes]]:
    """What was logged; live frames have no number."""
    number, data = 0, b""
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: "):
            data = line[6:].encode()
        elif not line:
            if number:
                yield number, data
            number, data = 0, b""
