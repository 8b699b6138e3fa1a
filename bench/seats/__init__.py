"""Who sits at the bench's terminal, and what is measured of each.

seat.py         Seat: a program in its own home and repository; Pullwright, and peers from npm where they can be had
model.py        the scripted model server, in a process of its own
measures.py     start, echo, streaming, memory: over the same pty for all
history.py      a finished session with thousands of events
"""
