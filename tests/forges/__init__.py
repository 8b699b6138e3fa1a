"""Doubles of forges for tests: git over HTTP, GitHub, GitLab, Gitea."""
