"""A session written to a file for others to read: from its events and what is kept beside them, nothing else.

as_markdown.py   for a pull request, an issue, a wiki
as_html.py       one page that needs nothing else: the terminal's blocks, folded and unfolded
"""
