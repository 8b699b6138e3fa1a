"""Hooks as they stand in a settings file: what may be said of one at each event, and the hooks that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pullwright.agent.hooks.hook import LONGEST, OF_TOOLS, STOPPING, Hook, HookEvent
from pullwright.cli.settings.tree import HookSetting, Settings

HOOKS = tuple[HookSetting, ...]
SETTABLE = HookSetting.__struct_fields__[1:]
"""What may be said of a hook beside its command."""

WHEN: dict[HookEvent, str] = {
    "before_tool": "before a tool call, and may refuse or change it",
    "after_tool": "after a tool call",
    "session_start": "when a session begins or is gone on with",
    "session_end": "when its sandbox is about to close",
    "stop": "when the agent has given its last message, and may send it on",
    "before_compaction": "before the conversation is shortened",
    "prompt": "when a prompt was given, and may refuse it",
}


def check_hooks(event: HookEvent) -> Callable[[tuple[HookSetting, ...]], None]:
    """A check of what is said of an event's hooks. It raises `ValueError`."""

    def check(hooks: tuple[HookSetting, ...]) -> None:
        from pullwright.agent.hooks.matching import check as check_matcher

        for hook in hooks:
            if not hook.command or (isinstance(hook.command, str) and not hook.command.strip()):
                raise ValueError("a hook has no command")
            if not 0 < hook.timeout <= LONGEST:
                raise ValueError(f"a hook's timeout is {hook.timeout:g} s; it may be up to {LONGEST:g}")
            if hook.matcher and event not in OF_TOOLS:
                raise ValueError(f"there is no call to match; matcher belongs to {' and '.join(sorted(OF_TOOLS))}")
            if hook.required and event not in STOPPING:
                raise ValueError(f"nothing could be kept from happening; required belongs to {', '.join(sorted(STOPPING))}")
            check_matcher(hook.matcher)

    return check


def hooks_of(settings: Settings, project: Mapping[str, tuple[HookSetting, ...]], folder: Path) -> tuple[Hook, ...]:
    """All hooks: the person's, which run in `folder`, and a trusted project's (by event), in the sandbox whatever they say."""
    own: Mapping[str, Any] = msgspec.structs.asdict(settings.hooks)
    return (
        *(_hook(event, hook, own=True, folder=folder) for event in WHEN for hook in own[event]),
        *(_hook(event, hook, own=False, folder=folder) for event in WHEN for hook in project.get(event, ())),
    )


def _hook(event: HookEvent, hook: HookSetting, *, own: bool, folder: Path) -> Hook:
    return Hook(
        event=event,
        command=hook.command if isinstance(hook.command, str) else tuple(hook.command),
        matcher=hook.matcher,
        timeout=hook.timeout,
        where=(hook.where or "host") if own else "sandbox",
        required=hook.required,
        name=hook.name,
        own=own,
        folder=str(folder),
    )
