"""What the service keeps, in one SQL schema beside the log's.

store/
├── tables       every table
├── records      what the columns `…_json` hold, and the words for states
└── migrations/  the schema's history; `migrate(database)` brings a database up to date
"""
