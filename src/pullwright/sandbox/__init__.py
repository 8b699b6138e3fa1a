"""Isolation: the place where tools run.

sandbox.py       what every sandbox is: Backend, Sandbox, Process, Command, Finished
backends.py      a backend by its name, imported when it is asked for
├── linux/           bubblewrap, an overlay and an init of our own (native/): the default
├── gvisor.py        runsc, for code that nobody trusts
├── container.py     podman or docker
├── seatbelt.py      macOS (not run on macOS)
└── folder.py        a plain folder without isolation, for unit tests
output.py        a command's output: bounded in memory, counted and digested whole
toolchains.py    the person's interpreters and compilers, read-only, and the environment commands start with
egress/          the way out: rules by name, on the host's side of the wall
"""
