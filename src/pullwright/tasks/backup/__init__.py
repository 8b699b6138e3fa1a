"""What the service keeps, taken elsewhere, and brought back.

backup/
├── backup      everything into one file, while the service runs
├── restore     the same, into an empty database of either kind, and its blobs
├── archive     that file: a tar of lines of JSON a table, and the blobs
├── rows        rows of any table as lines, and back
└── lock        the vault's key under a passphrase

All of it blocks: call it in a thread, or from a command. `pullwright admin` does.
"""
