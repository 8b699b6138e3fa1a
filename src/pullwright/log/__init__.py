"""The event log of a session: append, read, tail; on files (SQL comes with the service)."""
