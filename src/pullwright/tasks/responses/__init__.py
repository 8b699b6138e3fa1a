"""What programs ask through the Responses API: kept, chained, answered at once or in the background.

responses/
├── asked        a request as it came, read as far as we must know it
├── items        items with their ids, packed, and in pages
├── history      what a request goes on from
├── shell        the response object before anything is said
├── choices      the models that somebody may ask
├── relays       the upstreams, open
├── answering    one response of a model: let in, asked, metered, kept
│   └── keeping      the object, its items, its place in a conversation
├── background   responses that are made while nobody waits
│   ├── kept_events  their events, written and read along
│   └── ending       once, whoever is first: done, failed, cancelled
├── agents       responses that stand for turns of tasks
│   └── agent/       how a turn is told as a response
├── sizing       counted, and made smaller
├── reading      listed and deleted
└── conversing   conversations
"""
