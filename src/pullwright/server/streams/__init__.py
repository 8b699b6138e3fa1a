"""Events as they happen, as server-sent events. What is logged has an id and can be resumed at; what is live has none.

streams/
├── frames      one event as the bytes of a frame
├── ring        the last frames, shared by all who watch, and the wake-up when there are more
├── feed        one session's log and live text, read once however many watch
├── feeds       every feed of this process, opened with its first watcher and closed after its last
├── changes     which tasks changed, for lists
├── setup       one setup's log as it grows, and how it stands
├── socket      a WebSocket: accepted for whom it is known to be, bounded, ended in order
└── response    the answer that stays open: heartbeats, bounded patience, an end when the server stops
"""
