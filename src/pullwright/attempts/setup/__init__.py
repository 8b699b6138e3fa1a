"""What prepares a project's sandbox before the agent gets one: setup scripts and what is kept of them.

setup/
├── layer         SetupLayer: what a turn is given of it; its homes, programs and variables
├── running       set_up(order): a script in a fresh sandbox, what it made as a layer in the cache (keeping: one at a time)
│   ├── order         what is run, where, with what; the layer's key
│   ├── script        how a script is run, and which line of it failed (trap.bash)
│   ├── telling       what it says, line by line, without secrets
│   └── scanning      no secret stays in a layer
└── inputs        the files of a commit that set-up reads: lock files, manifests, what the script names
"""
