"""MCP client: tools of servers that other people wrote. What a server says is untrusted data, all the way.

connections.py   the servers of a session: side by side, which of their tools are offered
connection.py    one server: connect, list, call, reconnect; a dead one is a notice
                 opening.py (the way to it) · listing.py (its tools) · broken.py (what went wrong)
servers.py       what a person configured of a server
keeping away     untrusted.py (its texts, made harmless) · schemas.py (its schemas, bounded) · definitions.py (its tools)
                 pins.py (what was permitted) · flood.py (how much it may say)
speaking         stdio.py (over a process's pipes) · process.py (where that process runs) · http.py (streamable HTTP)
                 dial.py (which addresses) · oauth.py (signing in) · tokens.py (what is kept of that)
offering         tool.py (one tool) · names.py (what it is called) · search.py (many, behind two) · result.py (what a call gave)

`mcp` itself takes 0.6 s to import: only what speaks imports it, and only once a server is configured.
"""
