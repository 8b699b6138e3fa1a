"""What is particular to the face that speaks OpenAI's Responses API, at `/v1`.

responses/
├── errors     refusals in OpenAI's shape
├── records    objects as they are sent and answered, for the document
├── streamed   events as they come, or their sum; the upstream is left when the client is gone
├── conversing requests and events over one WebSocket
└── allowed    who may ask here
"""
