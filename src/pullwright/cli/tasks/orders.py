"""What is dispatched: one prompt, or many from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.tasks.store.records import TaskOrder

MOST = 1_000


def from_file(path: Path, base: TaskOrder, key: str) -> list[TaskOrder]:
    """An order for each line of a file: a prompt, or a JSON object with fields of an order (`{"prompt": …, "ref": …}`).

    Empty lines and those that begin with `#` are left out. `base` holds what is the same for all, `key` begins their
    idempotency keys, so that the same file and key a second time dispatches nothing twice.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(f"{path} cannot be read: {error}", fix="give --from a text file with one task a line") from None
    orders = [
        _order(line.strip(), number, base, key) for number, line in enumerate(lines, 1) if line.strip() and line.strip()[0] != "#"
    ]
    if not orders or len(orders) > MOST:
        raise FixSettings(f"{path} has {len(orders)} tasks", fix=f"write one a line, at most {MOST}")
    return orders


def _order(line: str, number: int, base: TaskOrder, key: str) -> TaskOrder:
    dedup = f"{key}:{number}"
    if not line.startswith("{"):
        return msgspec.structs.replace(base, prompt=line, dedup=dedup)
    try:
        given: dict[str, Any] = msgspec.json.decode(line)
        whole: dict[str, Any] = {**msgspec.to_builtins(base), "dedup": dedup, **given}
        order = msgspec.convert(whole, TaskOrder)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise FixSettings(f"line {number} is no task: {error}", fix='write {"prompt": "…"} or plain words') from None
    unknown = given.keys() - set(TaskOrder.__struct_fields__)
    if unknown or not order.prompt.strip():
        what = f"nobody knows {', '.join(sorted(unknown))}" if unknown else "it has no prompt"
        raise FixSettings(f"line {number} is no task: {what}", fix=f"fields are {', '.join(TaskOrder.__struct_fields__)}")
    return order
