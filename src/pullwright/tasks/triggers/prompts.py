"""What a forge's issues, comments and failures ask, in the words that the agent reads.

Only what a person would see of a text: hidden parts are left out, and it is said that there were some. What comes from outside is
quoted, so that it does not pass for the one who asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.forges.hidden import visible
from pullwright.forges.records import Comment, FailedCheck, Issue
from pullwright.protocol.policy import Mode

LONGEST = 40_000
LONGEST_LOG = 12_000
COMMANDS: dict[str, Mode] = {"fix": "code", "review": "ask", "explain": "ask"}


def quoted(text: str, longest: int = LONGEST) -> str:
    """A text from outside as a person sees it, each line marked."""
    seen = visible(text).text.strip()
    if len(seen) > longest:
        seen = seen[:longest].rstrip() + "\n[cut here]"
    return "\n".join(f"> {line}".rstrip() for line in seen.splitlines())


def issue_prompt(issue: Issue, comments: Sequence[Comment]) -> str:
    """Solve an issue. `comments` are those of people who may write."""
    parts = [f"Solve issue #{issue.number}: {visible(issue.title).text}", quoted(issue.body) or "> (no text)"]
    parts += [f"{comment.author} commented:\n\n{quoted(comment.body)}" for comment in comments]
    parts.append("Add a test that fails without your change, where the project has tests.")
    return "\n\n".join(parts)


def command_of(asks: str) -> str:
    """The command that a mention begins with: fix, review, explain; empty for free words."""
    word = asks.split(maxsplit=1)[0].lower().rstrip(":,.") if asks.strip() else ""
    return word if word in COMMANDS else ""


def mode_of(command: str) -> Mode:
    """What a command (or free words) makes: a change or an answer."""
    return COMMANDS.get(command, "code")


def mention_prompt(command: str, asks: str, subject: Issue, *, place: str = "") -> str:
    """What somebody asked in a comment on an issue or pull request."""
    what = f"pull request #{subject.number}" if subject.is_pull else f"issue #{subject.number}"
    title = visible(subject.title).text
    said = asks.split(maxsplit=1)[1] if command and len(asks.split(maxsplit=1)) > 1 else ("" if command else asks)
    begin = {
        "fix": f"Fix what {what} ({title}) is about.",
        "review": f"Review the change of {what} ({title}): what is wrong in it, by file and line, and why.",
        "explain": f"Explain what {what} ({title}) is about, with files and lines.",
    }.get(command, f"On {what} ({title}) this was asked:")
    parts = [begin]
    if place:
        parts.append(f"The question is about {place}.")
    if said.strip():
        parts.append(quoted(said))
    if subject.body.strip():
        parts.append(f"The text of {what}:\n\n{quoted(subject.body)}")
    return "\n\n".join(parts)


def checks_prompt(failed: Sequence[FailedCheck]) -> str:
    """Mend what the forge's own checks found on the change."""
    parts = ["These checks failed on your change. Find the cause, and mend it."]
    for check in failed:
        log = visible(check.log).text[-LONGEST_LOG:]
        parts.append(f"{check.name}: {visible(check.summary).text[:500]}\n\n{quoted(log, LONGEST_LOG)}".rstrip())
    parts.append("If the cause is not in this change, say so and change nothing.")
    return "\n\n".join(parts)
