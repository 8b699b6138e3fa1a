"""The Linux backend: bwrap, an overlay, and an init of our own.

LinuxBackend.open(spec)         backend.py      one launch, one init; closed, nothing is left
├── how it is drawn             arguments.py    what is seen inside, what is cleaned up; bubblewrap.py finds bwrap
│   └── system calls            seccomp.py      the filter
├── LinuxSandbox                sandbox.py      commands, files, ports
│   ├── LinuxProcess            process.py      one command: output, end, the end of its tree
│   └── the init's protocol     control.py      requests, answers, events (native/wire.h)
├── ceilings                    limits.py       what the kernel holds; watch.py and disk.py look at the rest
├── what the dead have left     sweep.py        removed at the next opening, by who holds no lock
└── what this machine lacks     doctor.py       checks, each with its fix

../native/launch.c      outside: takes a uid, stages files for it (stage.h), joins cgroups, starts bwrap, cleans up after a crash
../native/init.c        inside, PID 1: starts commands below shepherds (command.h), kills trees (family.h), opens files (files.h)
"""
