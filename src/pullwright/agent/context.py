"""What the model is told at the start, and the small typed fragments that are told later.

developer  <environment>   where it works and what works there: facts, each said once
user       <instructions>  AGENTS.md and the like: the person's and the project's, as text (instructions.py)
…          the prompt, then the work
developer  <note> <budget> <handover>…   later facts, appended; nothing before them moves
"""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.protocol.items import Item, developer_message


def opening(facts: str, instructions: Sequence[Item] = ()) -> tuple[Item, ...]:
    """The first items of a conversation. `facts` is the caller's text, without clock or random values:
    working directory, git state, tree, interpreter, test command, what is missing, network, scratch folder."""
    environment = (fragment("environment", facts.strip()),) if facts.strip() else ()
    return (*environment, *instructions)


def fragment(kind: str, text: str) -> Item:
    """A developer message that says what kind of thing it is."""
    return developer_message(f"<{kind}>\n{text}\n</{kind}>")
