"""The web app: what `web/` was built into, served at /app.

web/
├── built/    made by `make web`, not written
├── files     the built files, in memory, compressed once
└── site      their routes, and what the browser may do with them
"""
