"""The agent: the loop, and what decides what it may do.

loop.py            run(agent): step = act(think()), on one screen
agent.py           Agent: everything one turn works with
endings.py         how a turn ends: Done, Asked, Stopped, OutOfBudget, Stuck, Gone
think.py           one model response: request, stream, what came of it
streaming.py       one model call: shown as it streams, counted however it ends
between.py         between two model calls: people are heard, the budget is looked at
act.py             the calls of one response: in order, reading ones side by side
starting.py        what a turn starts from: a prompt, an answer, or the middle of an interrupted step
answers.py         the last message: empty, cut, refused, or in the schema that was asked for
schemas.py         is a text JSON in the schema that was asked for
conversation.py    the items, the prefix they stand on, their size in tokens
context.py         what the model is told at the start, and the small fragments that are told later
prompt.py          the system prompt
instructions.py    AGENTS.md: found, bounded, included
asking.py          a call on its way past the rules and the person
explorers/         sub-agents that look around and report
hooks/             programs that are asked and told at fixed points
skills.py          SKILL.md: offered by name, read when needed
personas.py        custom agents: instructions of their own, fewer tools
frontmatter.py     Markdown with YAML at its top; toolnames.py what others call our tools
permissions.py     may this call go ahead? by rule, by memory, by a person
scopes.py          what an answer "for the session" covers
person.py          what the person edited themselves meanwhile
inputs.py          what people send while a turn runs; interrupts
budgets.py         ceilings in money, tokens, steps, seconds
compaction.py      a conversation that grew too long: masked, then summarised
handover.py        what a summary must keep, as data
ledger.py          what was read, changed and run in this session
repetition.py      going in circles: told first, then stopped
checkpoints.py     the workspace's tree after each step, taken while the model thinks
"""
