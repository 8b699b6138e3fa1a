"""First run and `pullwright setup`: three questions, and their answers written down.

asker.py       what asks a person: Option, Asker; Skipped and Back
├── lines.py       numbered lines, in any terminal
└── menu.py        the same with arrow keys, where the terminal can
scene.py       what the questions look at: environment, settings, kept keys
found.py       sign-ins that are there already (servers.py: local servers that answer on their usual ports)
check.py       a sign-in shown to its provider: how many models, how fast
plan.py        the answers, and the settings that they mean: SignIn, Models, Plan
signin.py      question 1: which provider, with what (ways.py: the key, Azure, a server of one's own)
model.py       question 2: fast or deep, and what they stand for (picking.py: one name of many)
approval.py    question 3: who is asked before an effect
others.py      what other agents have here, offered
walk.py        the questions in their order, back and forth
batch.py       the same answers from flags, for scripts
record.py      writes a plan: settings, key, marker; says what and where
first_run.py   when the interactive terminal finds nothing set up

Until the last question is answered nothing is written, so that Ctrl-C leaves everything as it was.
"""
