"""The manual page pullwright(1), made from the commands as they are, so that it cannot fall behind.

roff.py     text as man(7) writes it
page.py     the page: commands, options, exit codes, settings, environment, files
exits.py    the exit codes and what they mean
"""
