"""The egress proxy: the one way out of a sandbox, on the host's side.

    prepare_egress(policy, folder)      egress.py       env, mounts and ports of a sandbox's way out
    └── Egress.serve(listener)          proxy.py        one connection at a time: its head, its rule, its way
        ├── which rule                  rules.py        host, port, method, path ─▶ a rule, or `Refused` (refusal.py)
        │   └── presets                 presets.py      `registries`: the tools' own configuration (registries/)
        ├── which address               dialer.py       resolve, check (addresses.py), connect, or chain to the host's proxy
        ├── tunnel                      tunnel.py       CONNECT; the ClientHello (hello.py) must name the same host
        ├── plain HTTP                  requests.py     absolute-form, one request a connection
        ├── intercept                   requests.py     TLS opened with the attempt's own CA (authority.py), then HTTP (wire.py)
        └── a host's port               relay.py        bytes both ways, bounded and idle-limited

The listening socket lies in the sandbox's network namespace; what the proxy opens itself lies in the host's.
Every decision is told as a `NetworkDecision`. What is *not* seen: whatever a tunnel carries inside TLS after its
ClientHello (domain fronting by Host header, a second ClientHello after a retry), and what a chained proxy resolves.
"""
