"""Tasks that begin outside: what a forge tells by webhook, and the clock.

triggers/
├── clock        keep_time: deliveries, schedules, progress comments, pull requests that were merged elsewhere
├── deliveries   one delivery: parsed, and each of its events acted on once
├── events       what comes of an event: a new task, notes for the next turn, a merge that is noted
├── askers       who asks, and whether they may
├── prompts      what is asked, in the words that the agent reads
├── progress     the one comment at an issue or pull request that tells how its task stands
└── schedules    tasks that are due
"""
