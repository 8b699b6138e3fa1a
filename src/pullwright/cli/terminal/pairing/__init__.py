"""The conversation behind a face: no terminal in here.

state.py         what a face shows of it           telling.py  what an event changes of that
pairing.py       Pairing: turns, queue, answers
rules.py         what turns are run with           grants.py   what was allowed for good
opening.py       a session, opened                 branch.py   the branch that the project is on
turns.py         a turn, a command of the person's, as tasks
points.py        moments to go back to             rewinding.py  going back, taking that back, forking
unsure.py        what changed while a command ran
committing.py    the change as a commit            asked.py    what its message is made of
proving.py       the change as a diff, and by the clean runs
person.py        commands of the person's           background.py  commands left running, ports
window.py        what fills the context window
"""
