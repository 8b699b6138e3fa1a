"""The task service's HTTP face: REST, live events, webhooks, and the pages of a reviewer without a forge.

server/
├── config        where is listened, and what is allowed
├── opening       a server over an open service: the desk and the app
├── listening     the sockets: a port, and one in the file system for the same user
├── running       uvicorn around the app, with an orderly end
├── app           the FastAPI app: middleware, routes, document
│   ├── between/      what lies between socket and routes: ids, peers, ceilings, rations, headers
│   ├── routing       how a route is declared, over records
│   ├── bodies        records read strictly and answered
│   ├── problems      what is said when a request is not done
│   ├── document      the OpenAPI document
│   └── table         every group of routes
├── desk          what every route works at, and who asks
├── entrance/     who asks: cookie, key, socket, provider; the first run
├── routes/       the API, one file a noun
├── inside/       the sandbox of a running attempt: a terminal
├── finding       a project's files by some letters of their names
├── facts         what the server is set up with, without its secrets
├── kept          diff, report and artifacts of an attempt
├── streams/      server-sent events
├── pages/        sign-in and review, for a browser without scripts
└── telemetry/    metrics, traces, logs

A route does nothing by itself: it reads, calls a use case of `tasks`, and answers. Who may do what is decided there.
"""
