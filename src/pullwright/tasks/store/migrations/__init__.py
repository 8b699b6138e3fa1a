"""The schema's history: each change of a table is a revision, and opening the service brings a database up to date.

migrations/
├── migrate      bring a database to this version's schema, once, whoever comes first; refuse a newer one
├── upgrading    alembic on that connection
├── env          what alembic runs: on the connection that it is given, in one transaction
└── versions/    the revisions, oldest first: r0001_first is the first schema of all

To change a table: change `tables.py`, add `versions/rNNNN_what.py` after the newest one (`down_revision` names it), and run
tests/unit/tasks/store/test_migrations.py: it compares what the revisions make with the tables, on SQLite and PostgreSQL, and
upgrades a database of the first schema that holds data. Changes go through `op.batch_alter_table`, since SQLite alters little.
There is no way down: going back is restoring the backup.
"""
