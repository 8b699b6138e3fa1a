"""`pullwright import`: settings, instructions and MCP servers of other agents, brought over.

haul.py          what a source holds: settings, MCP servers, instructions, files, and what is left out and why
sources.py       the sources by name
├── codex.py         Codex
├── claude.py        Claude Code
├── opencode.py      opencode (opencode_agents.py: its agents)
├── cline.py         Cline
├── roo.py           Roo Code
└── vscode.py        where VS Code keeps what extensions store
reading.py       a file that somebody else wrote: bounded, no surprises
├── jsonc.py         JSON with comments
├── texts.py         Markdown instructions, with their includes
└── trees.py         folders of commands, agents and skills
mcp_json.py      the `mcpServers` table that most of them share
secrets.py       which values are secrets, and the references that take their place
markdown.py      files that are made: front matter and a text
marked.py        what was brought over into AGENTS.md, found again
plan.py          what of a haul becomes what here: new, the same, kept, replaced
apply.py         does it
shown.py         the plan as lines
bringing.py      all of it, from end to end

Nothing is written before the person has seen the plan. Secrets never come into a settings file. What is there already stays,
unless it is named and the person said so.
"""
