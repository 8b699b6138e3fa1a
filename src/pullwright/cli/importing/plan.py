"""What of a haul becomes what here. Pure, but for looking at what is there already.

Each `Step` is one line of the plan: `new`; `same` (it is there already); `kept` (something else is there, and stays); `replaces`
(the same, and the person said that it goes).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from pullwright.cli.importing.haul import File, Haul, Left, Server
from pullwright.cli.importing.marked import Block, blocks_of, with_block
from pullwright.cli.settings.keys import find_key
from pullwright.cli.settings.toml_file import leaves
from pullwright.protocol.errors import FixSettings

LONGEST = 1 << 20
"""Bytes of a text that something is added to."""

State = Literal["new", "same", "kept", "replaces"]


class Target(msgspec.Struct, frozen=True):
    """Where it goes: the settings file, the text for the model, the folder of commands, agents and skills; what is there now.

    `settings` are the values of the file; `text` is the text as it is.
    """

    config: Path
    instructions: Path
    folder: Path
    settings: dict[str, Any]
    text: str


class Step(msgspec.Struct, frozen=True):
    """One line of the plan."""

    source: str
    at: str
    what: str
    becomes: str
    state: State
    note: str = ""


class Plan(msgspec.Struct):
    """The steps, and what they come to: settings to write, the text's new content, files, secrets that could be kept."""

    target: Target
    steps: list[Step] = []
    changes: dict[str, Any] = {}
    text: str = ""
    files: dict[Path, bytes] = {}
    secrets: dict[str, str] = {}
    left: list[tuple[str, Left]] = []

    @property
    def nothing(self) -> bool:
        """True when nothing would be written."""
        return not self.changes and not self.files and self.text == self.target.text


def plan_for(hauls: list[Haul], target: Target, *, replace: bool) -> Plan:
    """The plan for `hauls`, in their order: of two that say the same thing differently, the first counts."""
    plan = Plan(target, text=target.text)
    for haul in hauls:
        for setting in haul.settings:
            _value(plan, haul.source, setting.at, setting.theirs, {setting.key: setting.value}, replace)
        for server in haul.servers:
            _server(plan, haul.source, server, replace)
        for text in haul.instructions:
            _text(plan, haul.source, Block(f"{haul.source} {text.at}", text.text), text.at, replace)
        for file in haul.files:
            _file(plan, haul.source, file, replace)
        plan.left += [(haul.source, left) for left in haul.left]
    return plan


def _value(plan: Plan, source: str, at: str, what: str, values: dict[str, Any], replace: bool, shown: str = "") -> bool:
    """Plan to set `values`, all or none of them. True when they are or will be there."""
    unknown = [key for key in values if find_key(key) is None]
    if unknown:
        plan.left.append((source, Left(at, what, f"there is no setting {unknown[0]} here")))
        return False
    first = next(iter(values))
    becomes = shown or f"{first} = {values[first]}"
    now = {key: plan.changes.get(key, plan.target.settings.get(key)) for key in values}
    if now == values:
        plan.steps.append(Step(source, at, what, becomes, "same"))
        return True
    others = {key: value for key, value in now.items() if value is not None and value != values[key]}
    taken = any(key in plan.changes for key in others)
    if others and (taken or not replace):
        key, value = next(iter(others.items()))
        note = f"{key} is {_shown(value)} {'from another source' if taken else 'in your file'}"
        plan.steps.append(Step(source, at, what, becomes, "kept", note))
        return False
    plan.changes |= values
    plan.steps.append(Step(source, at, what, becomes, "replaces" if others else "new", _replaced(others)))
    return True


def _replaced(others: dict[str, Any]) -> str:
    return ", ".join(f"{key} was {_shown(value)}" for key, value in others.items())


def _server(plan: Plan, source: str, server: Server, replace: bool) -> None:
    base = f"mcp.servers.{server.name}"
    values = {f"{base}.{key}": value for key, value in server.keys.items()}
    there = [key for key in (*plan.target.settings, *plan.changes) if key.startswith(f"{base}.")]
    now = {key: plan.changes.get(key, plan.target.settings.get(key)) for key in there}
    if there and now != values and (not replace or any(key in plan.changes for key in there)):
        plan.steps.append(Step(source, server.at, f"MCP server {server.name}", base, "kept", "a server of that name is there"))
        return
    # What the other server had, and this one has not, must not stay: both together would be a third one.
    values |= {key: type(value)() for key, value in now.items() if key not in values and not key.endswith("timeout")}
    told = server.keys.get("url") or " ".join([str(server.keys.get("command", "")), *server.keys.get("args", ())])
    if _value(plan, source, server.at, f"MCP server {server.name}", values, True, f"{base}: {told}"):
        plan.secrets |= server.secrets


def _text(plan: Plan, source: str, block: Block, at: str, replace: bool) -> None:
    """Plan to put a text between its markers: where it stands already, it is put anew unless the person changed it there."""
    becomes = plan.target.instructions.name
    there = blocks_of(plan.text).get(block.name)
    count = len(block.text.splitlines())
    lines = f"{count} line{'s' * (count != 1)}"
    if there and there.text == block.text:
        plan.steps.append(Step(source, at, "instructions", becomes, "same"))
    elif there and there.changed and not replace:
        plan.steps.append(Step(source, at, "instructions", becomes, "kept", "you changed what was brought over before"))
    else:
        plan.text = with_block(plan.text, block)
        state: State = "replaces" if there else "new"
        plan.steps.append(Step(source, at, "instructions", becomes, state, lines))


def _file(plan: Plan, source: str, file: File, replace: bool) -> None:
    path = plan.target.folder / file.kind / file.path
    what, becomes = file.kind[:-1], f"{file.kind}/{file.path}"
    there = plan.files.get(path)
    if there is None and path.is_file():
        there = path.read_bytes() if path.stat().st_size == len(file.content) else b"\0other"
    if there == file.content:
        plan.steps.append(Step(source, file.at, what, becomes, "same"))
    elif there is not None and (path in plan.files or not replace):
        note = "another source has one of that name" if path in plan.files else "another file of that name is there"
        plan.steps.append(Step(source, file.at, what, becomes, "kept", note))
    else:
        plan.files[path] = file.content
        plan.steps.append(Step(source, file.at, what, becomes, "new" if there is None else "replaces"))


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def target_for(config: Path, instructions: Path, folder: Path) -> Target:
    """The target with what is there now. Raises `FixSettings` when the settings file cannot be read."""
    from pullwright.cli.settings.toml_file import parse_toml

    settings = dict(leaves(parse_toml(config.read_text(encoding="utf-8"), str(config)))) if config.exists() else {}
    return Target(config, instructions, folder, settings, _text_of(instructions))


def _text_of(path: Path) -> str:
    """The text that is there. Raises `FixSettings` for one that is too long to add to, or no text."""
    if not path.exists():
        return ""
    if not path.is_file() or path.stat().st_size > LONGEST:
        raise FixSettings(f"{path} is no file of less than {LONGEST >> 20} MiB", fix="shorten it, or move it away")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FixSettings(f"{path} is not UTF-8", fix="save it as UTF-8") from None
