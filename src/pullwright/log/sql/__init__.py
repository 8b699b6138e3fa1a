"""The log on SQL: the same events, in a database that many processes share.

sql/
├── tables       events, log_heads, inputs, answers: the log's part of the schema
└── database     one engine for SQLite and PostgreSQL; reads and writes in threads
"""
