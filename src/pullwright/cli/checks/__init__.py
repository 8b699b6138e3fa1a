"""What `pullwright doctor` looks at besides provider, sandbox and machine (run/checkup.py). None of it is required.

terminal.py     the terminal: kind, size, colours, characters, keys; tmux, SSH
around.py       what lies around it: editor, clipboard, notifications
prepared.py     what was set up: the marker, the provider, instructions, what other agents have
extensions.py   hooks, skills, commands and agents
shells.py       completions and the manual page
noted.py        a check of something that Pullwright can do without
"""
