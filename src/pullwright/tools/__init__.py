"""What the model may call.

tool.py          what every tool is to the loop; the bench it works at
toolbox.py       which tools a session has, by model family and mode
schedule.py      the calls of one step: read-only ones side by side, others in order

running          exec.py · process.py · output.py (what the model sees of it) · live_output.py (what a person sees meanwhile)
                 pipes.py (how the members of a pipe ended)
editing          apply_patch.py · patch.py (its format) · edit.py · write.py
                 draft.py (several files, all or nothing) · proposal.py (shown to a person before it lands)
                 matching.py (where an edit belongs)
                 encoded.py (bytes and text) · diff.py · answer.py (what the model is told of an edit)
looking          read.py · search.py · ripgrep.py (its program) · fetch.py · page.py (a web page as text)
talking          plan.py · ask_user.py · explore.py (a sub-agent that reports)
others' tools    mcp/ (MCP servers)
all of them      arguments.py (what a call says) · redaction.py (secrets leave text here, once)
"""
