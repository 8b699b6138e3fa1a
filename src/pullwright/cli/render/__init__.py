"""Events as a person reads them: pure functions, no terminal needed.

clean.py       control characters out of what others wrote
style.py       colours, where there is a terminal for them
progress.py    an event as lines on stderr
summary.py     an outcome: what changed, how it was checked, what it cost, what to do next
table.py       columns
servers.py     MCP servers and their tools
review.py      a review's findings                  sarif.py   the same for code scanning
"""
