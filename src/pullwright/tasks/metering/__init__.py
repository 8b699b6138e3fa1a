"""Calls of models through the API: who may make them, what they use, and that every one of them is counted once.

metering/
├── meter        one for each server process: admits, begins, looks after what was left open
├── metered      one open call: what came, how it ended
├── called       a call that is about to be made
├── accounts     what a call is charged to, and whether that still allows it
├── limits       requests and tokens a minute of a key
├── together     questions to the database that come at once, answered by one read
├── rates        tokens from bytes, by what the provider counted before
├── learning     these rates, for every model
├── ledger       rows, several in a transaction
├── journal      what came of open calls, in a file that outlives kill -9
└── recovery     what processes left open that are gone

A call's row is committed before the upstream is called. It is exact where the provider's count arrived, else estimated from what
was sent and what came, and never 0. Of 200 calls that end at once the rows are written in a few transactions.
"""
