"""The conversation behind a face: no terminal in here.

state.py         what a face shows of it
pairing.py       Pairing: turns, queue, answers, rules
turns.py         from a prompt to a running turn
points.py        moments to go back to
rewinding.py     going back, and forking
person.py        commands of the person's, background commands, ports
committing.py    the change: diff, commit, verification
window.py        what fills the context window
grants.py        what was allowed for good
"""
