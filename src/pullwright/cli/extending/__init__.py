"""What a person, and a project they trust, add to the agent: hooks, skills, custom commands, custom agents.

found.py       their files: the person's folders, and the trusted files of the project
commands.py    custom commands: a prompt with places for arguments
extensions.py  all of it, read; what cannot be read is a notice
"""
