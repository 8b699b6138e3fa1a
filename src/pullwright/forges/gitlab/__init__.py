"""GitLab.

gitlab/
├── gitlab      GitLab: the forge
├── merging     merging and rebasing, which GitLab does in the background
└── records     its answers, as far as they are read
"""
