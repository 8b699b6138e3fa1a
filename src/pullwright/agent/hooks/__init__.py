"""Hooks: programs of the person's, and of a project they trust, that are asked or told at fixed points of a session.

hook.py        a hook as it is configured: event, matcher, command, place
matching.py    which calls a matcher means
asking.py      what a hook is told, as JSON
decision.py    what it answers
placing.py     where it may run
running.py     one run, on the host or in the sandbox: bounded in time and output
hooks.py       the hooks of a turn, at each of their points

Vocabulary and shapes follow what other agents read and write, so that most programs that were written for them work here: Claude
Code's hooks (code.claude.com, "Hooks reference"), which Codex took over, and Copilot's (docs.github.com, "Hooks configuration").
"""
