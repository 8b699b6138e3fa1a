"""What programs ask through the Responses API: kept, chained, answered at once or in the background.

responses/
├── asked        a request as it came, read as far as we must know it
└── agent/       the model that is a task: dispatched, told from its log, gone on with
"""
