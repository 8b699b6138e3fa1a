"""An environment's secrets, opened: each goes one way only.

setup       a variable of the setup script, and of nothing else
intercept   a header that the host's proxy adds to requests to one host; it never enters a sandbox
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.store.records import SecretUse
from pullwright.tasks.store.rows.projects import Environment, Secret
from pullwright.tasks.store.secrets import secrets_of
from pullwright.tasks.vault import Vault, secret_context
from pullwright.tools.redaction import SHORTEST


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """`setup` are variables by name, `rules` the injecting network rules, `values` all values by the secrets' names."""

    setup: dict[str, str] = {}
    rules: tuple[NetworkRule, ...] = ()
    values: dict[str, str] = {}

    def with_rules(self, policy: NetworkPolicy) -> NetworkPolicy:
        """A network policy in which the proxy adds the headers. Where the policy lets a host lie at a private address (a mirror
        of the company's), the secret may go there."""
        private = {rule.host for rule in policy.rules if rule.allow_private}
        rules = [msgspec.structs.replace(rule, allow_private=rule.host in private) for rule in self.rules]
        return msgspec.structs.replace(policy, rules=(*policy.rules, *rules)) if rules else policy

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: values that cannot be redacted."""
        return tuple(
            f"the secret {name} has fewer than {SHORTEST} characters: it cannot be taken out of logs"
            for name, value in self.values.items()
            if len(value.encode()) < SHORTEST
        )


async def open_keyring(premises: Premises, environment: Environment | None) -> Keyring:
    """The secrets of an environment. Raises `FixSettings` for a value that does not open, or a use that cannot be."""
    if environment is None:
        return Keyring()
    return ring(premises.vault, await premises.database.read(secrets_of, environment.id))


def ring(vault: Vault, secrets: Sequence[Secret]) -> Keyring:
    """The same of rows."""
    values = {
        secret.name: vault.open(secret.value, secret_context(secret.environment_id, secret.name)).decode() for secret in secrets
    }
    setup = {secret.name: values[secret.name] for secret in secrets if secret.use.kind == "setup"}
    rules = [_rule(secret.name, secret.use, values[secret.name]) for secret in secrets if secret.use.kind == "intercept"]
    return Keyring(setup=setup, rules=tuple(rules), values=values)


def check_use(name: str, use: SecretUse) -> None:
    """Raises `FixSettings` for a use that could not work; for whoever stores a secret."""
    if use.kind == "intercept":
        _rule(name, use, "x")
    elif not name.isidentifier() or not name.isascii():
        raise FixSettings(f"a setup secret's name is a variable's; {name!r} is none", fix="Use letters, digits and _.")


def _rule(name: str, use: SecretUse, value: str) -> NetworkRule:
    if not use.host or "{}" not in use.format or not use.header:
        raise FixSettings(
            f"the secret {name} is injected nowhere: it needs a host, a header, and a format with {{}} in it",
            fix='Give it a use such as {"kind": "intercept", "host": "api.example.com"}.',
        )
    if any(letter in value for letter in "\r\n\0"):
        raise FixSettings(f"the secret {name} has a line break, which no header can have", fix="Set its value again.")
    header = (use.header, use.format.replace("{}", value))
    return NetworkRule(host=use.host, ports=(443,), kind="intercept", methods=use.methods, paths=use.paths, headers=(header,))
