"""From flags to a turn, and a turn's life in a terminal.

prompt.py       what is asked: argument, file, standard input, images
beforehand.py   what can be known to fail before anything is spent
request.py      settings, prompt and session -> TurnSpec
served.py       the model of a server that has only one, where none is named
saved.py        a session's TurnSpec kept without its secrets, so that the session can be gone on with
turn.py         one turn with its screen and its signals
reviewing.py    a review: what is asked, the run, where the result goes     reviewed.py  its result, found again
servers.py      one MCP server, reached outside of any turn
screen.py       progress on stderr, events on stdout
interrupts.py   Ctrl-C and SIGTERM: first ask, then insist
exits.py        an outcome's exit code
"""
