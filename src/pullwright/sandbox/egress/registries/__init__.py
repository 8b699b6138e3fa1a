"""Where the package tools of this machine get their packages from, as the tools themselves have it.

    index.py    Index (a registry's address), Found (what one tool said), Index ─▶ NetworkRule
    ├── pip.py      pip and uv: variables, pip.conf, uv.toml; else pip's own constants
    ├── npm.py      variables, .npmrc; else `npm config get registry`
    ├── cargo.py    config.toml, variables; else the host that cargo asks a proxy for
    └── apt.py      sources.list and its folder

Only the person's and the system's own files are read, never the project's: those are hostile.
"""
