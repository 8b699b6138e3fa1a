"""The task service as the command line runs it.

serving/
├── configured   settings -> how the service and its server are configured
├── serve        the server, and what works beside it, until it is told to stop
├── children     worker processes of a server, started again when they end
├── work         a worker's process
├── administer   what `admin` does, on the database itself
└── webhooks     … with webhooks out
"""
