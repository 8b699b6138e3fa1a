"""Sandboxes that are entered through another program: `podman exec`, `runsc exec`, `sandbox-exec`.

    CommandedSandbox        sandbox.py      the whole Sandbox protocol, over an `Entry`
    ├── Entry               entry.py        how a backend turns a command into what the host runs
    │   └── Pair            pair.py         what containers and gVisor have in common: a writable one and a read-only one
    ├── CommandedProcess    process.py      one command: its output, its end, its tree
    ├── files               files.py        read, write, stat, tree by small shell lines inside
    ├── base roots          roots.py        the host's /usr as a root file system; overlays mounted in a namespace of their own
    └── network             network.py      the egress proxy's listener, in a container's network namespace or behind a relay

Compared with the Linux backend, a command costs what its program costs (30 to 160 ms), and a tree is found by a
variable in its environment: a process that clears its environment outlives its command, though never its sandbox.
"""
