"""What the server tells of itself, none of it secret.

telemetry/
├── metrics     Prometheus: HTTP as it happens, and the work as the database has it
├── work        what is counted in the database of tasks and workers, in one read
├── calls       what is counted there of models that were called
├── logs        one JSON object a line, with secrets taken out
└── traces      OpenTelemetry, sent only where an address to send to is set
"""
