"""Doorbells: who waits for something in the database hears at once that it may be there. They carry nothing.

bells/
├── bells       Bells, Bell: the protocol, ringing within one process; `open_bells` chooses
├── local       LocalBells: processes of one machine, by datagram sockets in a folder
└── postgres    PostgresBells: all processes on one database, by LISTEN and NOTIFY

A ring may be lost (a process that restarts, a connection that breaks). Whoever listens looks by itself now and then, too.
"""

from pullwright.log.bells.bells import Bell, Bells, open_bells

__all__ = ["Bell", "Bells", "open_bells"]
