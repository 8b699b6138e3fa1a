"""Looking into the sandbox of a running attempt: its files, a terminal, the ports of servers that it started.

The process that runs the turn has the open sandbox; the server that people talk to may be another one on the same machine. They
meet at a unix socket, one for each running attempt, and each connection asks for one thing.

inside/
├── words       what is said at the socket, in frames
├── address     where the socket lies, and who is at its other end
├── window      the worker's side: open for as long as the sandbox is
│   ├── looking     folders, files and listening ports, as the sandbox's user sees them, within the workspace
│   ├── terminal    a shell, whose output waits for who reads it
│   └── carrying    a connection to a port, bytes both ways
└── visiting    the server's side: who may look in, where the attempt is, and what is asked there

A viewer of the project sees the files. A terminal can change them, and a port can be sent anything: both need `task.steer`, are
audited, and are told in the attempt's log.
"""
