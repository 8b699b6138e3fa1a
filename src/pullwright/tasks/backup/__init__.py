"""What the service keeps, taken elsewhere, brought back, or let go in time.

backup/
├── backup      everything into one file, while the service runs
├── restore     the same, into an empty database of either kind, and its blobs
├── archive     that file: a tar of lines of JSON a table, and the blobs
├── rows        rows of any table as lines, and back
├── lock        the vault's key under a passphrase
├── retention   outputs (outputs), artifacts, tasks and records that are older than they need to be
├── tidying     the server's own look after both, each hour: retention, and sums of days that are over
└── export      one task with its whole log; everything about one user

All of it blocks: call it in a thread, or from a command. `pullwright admin` does.
"""
