"""Gitea and Forgejo.

gitea/
├── gitea       Gitea: the forge
└── records     its answers, as far as they are read
"""
