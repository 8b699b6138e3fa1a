"""What other agents have on this machine: offered after the three questions, shown before anything of it is written."""

from __future__ import annotations

from pullwright.cli.setup.asker import Asker, Back, Option, Skipped


def ask_import(asker: Asker) -> tuple[str, ...]:
    """The sources to look at; none where there is nothing to bring over, and then nothing is asked. Raises `Skipped`, `Back`."""
    from pullwright.cli.importing.bringing import persons_place
    from pullwright.cli.importing.sources import NAMES, present

    found = present(persons_place())
    if not found:
        return ()
    who = " and ".join(NAMES[name] for name in found)
    options = (Option("Show me", "what it would become; you decide then"), Option("Not now", "pullwright import does it later"))
    chosen = asker.choose(f"{who}: bring over settings, instructions and MCP servers?", options)
    return tuple(found) if chosen == 0 else ()


def bring_over(asker: Asker, sources: tuple[str, ...]) -> None:
    """Show what it would become, ask, write."""
    from pullwright.cli.importing.bringing import bring, look
    from pullwright.cli.importing.shown import plan_lines
    from pullwright.cli.render.style import PLAIN

    plan = look(sources)
    for line in plan_lines(plan, PLAIN):
        asker.say(line)
    if plan.nothing:
        asker.say("There is nothing to bring over.")
        return

    def ask(question: str) -> bool:
        try:
            return asker.choose(question, (Option("Yes"), Option("No"))) == 0
        except (Skipped, Back):
            return False

    asker.back = False
    for line in bring(plan, ask):
        asker.say(line)
