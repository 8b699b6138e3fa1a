"""Looking into a running attempt's sandbox from a browser.

inside/
├── screen      a terminal over a WebSocket
└── doorway     a port, at an address with a ticket in it
    ├── tickets     who was given which address, and whether they still may
    └── exchange    one request over a line, and what of its headers passes

Nothing of a sandbox is shown as ours: a file is an attachment; what a terminal prints is drawn by the page, never as HTML; the
pages of a server inside run in an origin of their own, without the sign-in.
"""
