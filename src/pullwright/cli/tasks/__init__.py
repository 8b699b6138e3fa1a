"""Tasks from the command line, over HTTP: the configured server, else this person's own local service.

server.py      which server, and with what credential
├── local.py       the local service: started when it is needed, ends itself when it is idle
└── socket.py      where its socket lies, and whether it is ours
api.py         one connection: requests, problems as errors, events as they come
calls.py       each route once
records.py     what is read of the answers
here.py        the project that this folder is of; registered with the local service by itself
finding.py     the task and the attempt that words mean
orders.py      what is dispatched: a prompt, or many from a file
watching.py    a task as it goes on, with resume
shown.py       tables and details
exits.py       exit codes
applying.py    an attempt's change in the person's files
handing.py     a local session to the service, and back
"""
