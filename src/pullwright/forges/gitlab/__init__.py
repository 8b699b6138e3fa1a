"""GitLab.

gitlab/
├── gitlab      GitLab: the forge
├── merging     merging and rebasing, which GitLab does in the background
├── lines       where a line is in its diffs
└── records     its answers, as far as they are read
"""
