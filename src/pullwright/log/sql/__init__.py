"""The log on SQL: the same events, in a database that many processes share.

sql/
├── tables       events, log_heads, inputs, answers: the log's part of the schema
├── database     one engine for SQLite and PostgreSQL; reads and writes in threads
├── log          SqlLog: append, claim, read, tail
├── writer       group commit: the appends of all sessions of this process, in one transaction
├── tape         a session's events in memory, encoded
├── reading      pages and tails, for whoever does not write
├── feed         what all readers of one session share
├── inbox        SqlInbox, put_input: inputs from outside
├── rounds       one look for all open inboxes of this process
├── live         LiveHub: live frames, to watchers of this process and of others
├── opentexts    what a session's open items say so far
└── watching     who watches what, and what they are shown: the rows
"""
