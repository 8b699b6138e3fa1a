"""Slash commands: one file a group.

registry.py      all of them by name; nothing imported before it is used
custom.py        those that are files: commands of one's own, skills by name
calling.py       a line that begins with a slash: found, refused while it cannot be, run
rules.py         plan, model, effort, approvals, permissions, access, network, budget
change.py        diff, commit, verify
session.py       undo, rewind, compact, resume, fork, new
status.py        context, cost, status
processes.py     ps
work.py          init
terminal.py      theme, vim, notify, history, editor, copy, export, clear, keys, help, quit; exporting.py writes files
review.py        review: findings shown, the chosen ones become a prompt
extending.py     skills, hooks, agent, subagents
"""
