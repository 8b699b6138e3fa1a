"""The answers, and the settings that they mean. Data only.

Plan
├── SignIn      which provider, where, with which credential; what it said when it was asked
├── Models      the default class or model, and what fast and deep stand for there
└── approval    who is asked before an effect, in the interactive terminal
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pullwright.cli.settings.tree import Settings
from pullwright.models.choice import Wire
from pullwright.protocol.policy import ApprovalMode

Keep = Literal["keyring", "file"]


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider is reached. `key` is one that was given now and is to be kept; `repr` hides it.

    `names` are the models that the provider listed; `checked` is False where it was not asked or did not answer.
    """

    provider: str
    base_url: str = ""
    wire: Wire | None = None
    key: str = ""
    entra: bool | None = None
    names: tuple[str, ...] = ()
    checked: bool = False

    def __repr__(self) -> str:
        """Without the key."""
        return f"SignIn({self.provider}, base_url={self.base_url!r}, key={'given' if self.key else 'none'})"


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """The default (`fast`, `deep`, or provider/name), and what the classes stand for: provider/name, empty for what the
    catalogue says, None for what they stand for now.
    """

    default: str
    fast: str | None = None
    deep: str | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered; None: left as it is."""

    sign_in: SignIn | None = None
    models: Models | None = None
    approval: ApprovalMode | None = None
    imports: tuple[str, ...] = ()

    def changes(self, now: Settings) -> dict[str, Any]:
        """Dotted key -> value to write. What would only say again that nothing is set is left out."""
        found: dict[str, Any] = {}
        if self.sign_in:
            at = f"providers.{self.sign_in.provider}"
            own = now.providers.get(self.sign_in.provider)
            found["provider"] = self.sign_in.provider
            if self.sign_in.base_url:
                found[f"{at}.base_url"] = self.sign_in.base_url
            if self.sign_in.wire:
                found[f"{at}.wire"] = self.sign_in.wire
            if self.sign_in.entra or (self.sign_in.entra is not None and own and own.entra):
                found[f"{at}.entra"] = self.sign_in.entra
        if self.models:
            found["model"] = self.models.default
            for word in ("fast", "deep"):
                model = getattr(self.models, word)
                if model is not None and model != getattr(now.models, word).model:
                    found[f"models.{word}.model"] = model
        if self.approval:
            found["terminal.approval"] = self.approval
        return found
