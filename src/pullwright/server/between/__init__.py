"""What lies between the socket and the routes, from outside inwards. Plain ASGI: a stream of events passes through unbuffered.

between/
├── outermost    a request id, the access log, metrics, and the one place where a bug of ours becomes a bare 500
├── peers        who is at the other end: behind which proxy, on loopback, at the unix socket; which host they meant
├── ceilings     how large a body may be, and how slowly it may come
├── ration       how often one address, user or key may ask
└── headers      what every answer tells a browser to refuse
"""
