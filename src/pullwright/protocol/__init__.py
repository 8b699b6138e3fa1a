"""The vocabulary of Pullwright: data only, no I/O.

items.py         conversation items, in the Responses API's words
events.py        what a session's log is made of
live.py          frames that are shown while something happens and never logged
inputs.py        what comes from outside into a running turn
outcomes.py      how a turn ended
previews.py      what an edit would do, shown before it is allowed
policy.py        approval modes, access, network rules, limits, budgets
usage.py         tokens and money
extensions.py    where a project may hold what configures an agent
ids.py           identifiers
errors.py        the tree of errors
schema.py        all of the above as JSON Schema
"""
