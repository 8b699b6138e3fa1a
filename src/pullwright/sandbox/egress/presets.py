"""Presets: names in a network policy that stand for rules found when the sandbox opens.

registries      the package registries that pip, uv, npm, cargo and apt are configured for on this machine,
                or their own defaults: no registry's address is written down in Pullwright
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.registries.index import to_rule


class Preset(msgspec.Struct, frozen=True):
    """What presets came to. `ask` brings the rest: what only the tools themselves know, at the price of running them.

    `env` are variables that tell the tools inside where to go, without credentials; `notes` are for the person.
    """

    rules: tuple[NetworkRule, ...] = ()
    env: dict[str, str] = {}
    host_ports: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    ask: Callable[[], Coroutine[None, None, Sequence[NetworkRule]]] | None = None


def find_presets(names: Sequence[str], environ: Mapping[str, str]) -> Preset:
    """Read the files and variables that the named presets need; runs nothing. Raises `FixSettings` for an unknown name."""
    unknown = [name for name in names if name != "registries"]
    if unknown:
        raise FixSettings(f"there is no network preset {unknown[0]!r}", fix='the one preset is "registries"')
    return _registries(environ) if names else Preset()


def _registries(environ: Mapping[str, str]) -> Preset:
    from pullwright.sandbox.egress.registries import apt, cargo, npm, pip

    found = [look(environ) for look in (pip.configured, npm.configured, cargo.configured, apt.configured)]
    rules: dict[tuple[str, tuple[int, ...]], NetworkRule] = {}
    host_ports: list[int] = []
    for one in found:
        for index in one.indexes:
            if index.loopback_port is not None:
                host_ports.append(index.loopback_port)
                continue
            rule = to_rule(index)
            if rule.kind == "intercept" or (rule.host, rule.ports) not in rules:
                rules[rule.host, rule.ports] = rule
    env = {name: value for one in found for name, value in one.env.items()}
    notes = tuple(note for one in found for note in one.notes)
    asks = [one.ask for one in found if one.ask is not None]

    async def ask() -> Sequence[NetworkRule]:
        answers = await asyncio.gather(*(one() for one in asks))
        return tuple({rule.host: rule for indexes in answers for rule in map(to_rule, indexes)}.values())

    return Preset(tuple(rules.values()), env, tuple(dict.fromkeys(host_ports)), notes, ask if asks else None)
