"""What cannot hold in any sandbox, said of the very field that is wrong."""

from __future__ import annotations

import re

from pullwright.protocol.errors import FixSettings, WrongField
from pullwright.protocol.policy import Limits, NetworkPolicy
from pullwright.sandbox.egress.presets import find_presets
from pullwright.sandbox.egress.rules import check_rule
from pullwright.tasks.store.records import EnvironmentSpec

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PORTS = range(1, 65_536)


def check_spec(spec: EnvironmentSpec) -> None:
    """Raises `WrongField` for what cannot hold in any sandbox."""
    for name, value in spec.variables.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            fix = "Use letters, digits and _, not beginning with a digit."
            raise WrongField(f"{name!r} is no variable's name", at=f"$.variables.{name}", fix=fix)
    _check_root(spec.base_root)
    for index, path in enumerate(spec.files):
        if path.startswith("/") or ".." in path.split("/"):
            fix = "Name files by their path in the repository."
            raise WrongField(f"{path} lies outside of the repository", at=f"$.files[{index}]", fix=fix)
    for field, seconds in (("setup_seconds", spec.setup_seconds), ("upkeep_seconds", spec.upkeep_seconds)):
        if seconds <= 0:
            raise WrongField(f"{field} is how long a script may take", at=f"$.{field}", fix="Use a number above 0.")
    _check_network(spec.network, "$.network")
    _check_network(spec.setup_network, "$.setup_network")
    _check_limits(spec.limits)


def _check_root(root: str) -> None:
    kind, _, rest = root.partition(":")
    if (kind, rest) != ("host", "") and not (kind in ("folder", "image") and rest):
        raise WrongField(f"{root!r} is no base root", at="$.base_root", fix="Use host, folder:NAME or image:NAME.")
    if ".." in rest.split("/"):
        fix = "Name a folder or image of the service's `roots`."
        raise WrongField(f"the base root {rest} leads elsewhere", at="$.base_root", fix=fix)


def _check_network(policy: NetworkPolicy, at: str) -> None:
    for index, rule in enumerate(policy.rules):
        try:
            check_rule(rule)
        except FixSettings as error:
            field = "kind" if rule.kind == "tunnel" and (rule.methods or rule.paths or rule.headers) else "host"
            raise WrongField(str(error), at=f"{at}.rules[{index}].{field}", fix=error.fix) from error
        if wrong := [port for port in rule.ports if port not in _PORTS]:
            raise WrongField(f"{wrong[0]} is no port", at=f"{at}.rules[{index}].ports", fix="Use numbers from 1 to 65535.")
    try:
        find_presets([name for name in policy.presets if name != "registries"], {})
    except FixSettings as error:
        raise WrongField(str(error), at=f"{at}.presets", fix=error.fix) from error
    if wrong := [port for port in policy.host_ports if port not in _PORTS]:
        raise WrongField(f"{wrong[0]} is no port", at=f"{at}.host_ports", fix="Use numbers from 1 to 65535.")


def _check_limits(limits: Limits) -> None:
    for field in Limits.__struct_fields__:
        ceiling = getattr(limits, field)
        if ceiling is not None and ceiling <= 0:
            fix = "Use a number above 0, or null for no limit."
            raise WrongField(f"{field} leaves nothing to work with", at=f"$.limits.{field}", fix=fix)
