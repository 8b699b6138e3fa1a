"""What a pairing's turns are run with: settings, and what was switched since the session began.

rules.spec(prompt) -> TurnSpec        one turn in place, as things stand now
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.tree import Settings
from pullwright.cli.terminal.pairing.grants import Grants
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.policy import ApprovalMode
from pullwright.tools.mcp.names import MCP_CALL, parted

if TYPE_CHECKING:
    from pullwright.attempts.spec import TurnSpec
    from pullwright.cli.extending.extensions import Extensions
    from pullwright.models.choice import ModelChoice
    from pullwright.protocol.events import PermissionAsked


class Rules:
    """The rules as they now stand. Changing one holds from the next turn on; that less is to be asked holds at once."""

    def __init__(self, loaded: Loaded, project: Path) -> None:
        self.loaded = loaded
        self.project = project
        self.grants = Grants(loaded.folders, project)
        self.approval: ApprovalMode = loaded.settings.terminal.approval
        self.plan = False
        self.agent = ""
        """The custom agent that turns work as; empty for none."""
        self._found: Extensions | None = None

    @property
    def found(self) -> Extensions:
        """What extends the agent, as it was read last."""
        return self._found or self.read_again()

    def read_again(self) -> Extensions:
        """Read what extends the agent; each turn does."""
        from pullwright.cli.extending.extensions import extensions

        self._found = extensions(self.loaded)
        return self._found

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    def set(self, dotted: str, value: Any) -> None:
        """Change one setting for this session. Raises `FixSettings` with what is allowed."""
        from pullwright.cli.settings.layer import Origin, checked

        typed = checked(dotted, value, Origin("flag", f"/{dotted}"), lax=True).value
        if dotted == "terminal.approval":
            self.approval = typed
            return
        settings = msgspec.structs.replace(self.loaded.settings, **{dotted: typed})
        origins = {**self.loaded.origins, dotted: Origin("flag", f"/{dotted}")}
        self.loaded = msgspec.structs.replace(self.loaded, settings=settings, origins=origins)

    def covers(self, asked: PermissionAsked) -> bool:
        """Whether a question need not be put, by the approval mode in force: the turn that asks may have begun with another.

        What a hook, or a server's tool, wants asked is asked in each mode."""
        if self.plan or "(the hook " in asked.title or asked.tool == MCP_CALL or parted(asked.tool):
            return False
        edits = asked.effect == "edit" and self.approval in ("auto-edit", "full-auto")
        return edits or (asked.effect == "execute" and self.approval == "full-auto")

    def model(self) -> ModelChoice:
        """The model in force, with its key. Raises `FixSettings`, `MissingCredential`."""
        from pullwright.cli.credentials import Credentials
        from pullwright.cli.settings.model import choose_model

        settings = self.found.as_agent(self.loaded, self.agent).settings
        return choose_model(settings, os.environ, Credentials(self.loaded.folders))

    def place(self, session: str) -> TurnSpec:
        """The record that files and sandbox are opened with; a model is not needed for that."""
        from pullwright.models.choice import ModelChoice

        prompt = Prompt(id=session, text="")
        try:
            return self.spec(session, prompt)
        except PullwrightError:
            return self._spec(session, prompt, ModelChoice(provider="", model=""))

    def spec(self, session: str, prompt: Prompt, *, compact: str | None = None) -> TurnSpec:
        """The next turn's record. Raises `FixSettings`, `MissingCredential`."""
        return msgspec.structs.replace(self._spec(session, prompt, self.model()), compact=compact)

    def _spec(self, session: str, prompt: Prompt, model: ModelChoice) -> TurnSpec:
        from pullwright.cli.run.request import Asked, turn_spec

        asked = Asked(text=prompt.text, images=prompt.images, project=self.project, agent=self.agent)
        return msgspec.structs.replace(
            turn_spec(asked, self.loaded, session, model=model, found=self.read_again()),
            prompt=prompt,
            in_place=True,
            answerable=True,
            patience=None,
            verify=False,
            approval=self.approval,
            plan=self.plan,
            always=self.grants.list(),
        )
