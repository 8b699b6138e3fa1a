"""Events and live frames as what a person reads: pure, no terminal needed.

    Transcript.feed(event or frame) -> blocks that are complete; Transcript.live(width, height) -> what goes on just now

transcript.py   the fold: which event becomes which block
now.py          what goes on just now: running commands, waits, the plan
block.py        what a block is, and the simple ones
prompt.py       what a person said
answer.py       the model's answer while it streams, part by part
  markdown.py   Markdown line by line: pieces in, finished leaves out
  leaves.py     what a Markdown text consists of
  said.py       a leaf as a block
  inline.py     emphasis, code and links within a paragraph
  table.py      a table fitted to the width
  code.py       source code in colours, line by line
reasoning.py    a reasoning summary
command.py      a command with its output
calls.py        calls that only look, of MCP servers, of sub-agents (agents.py: what each used)
diff.py         edits
  patch.py      a unified diff as data
  words.py      which words of a line changed
plan.py         the checklist
policy.py       permissions, network, hooks, budget
notes.py        retries, notices, shortenings, in a line each
result.py       outcome and cost, clean runs, the report's evidence
finding.py      a finding of a review
kept.py         what is kept beside the log, bounded
safe.py         what others wrote, made fit to be laid out
spans.py        styled text: wrapped, cut and painted
export/         a session as Markdown, as an HTML page
sizes.py        counts and sizes in words
"""
