"""Looking into a running attempt's sandbox from a browser.

inside/
└── screen      a terminal over a WebSocket

Nothing of a sandbox is shown as ours: a file is an attachment, and what a terminal prints is drawn by the page, never as HTML.
"""
