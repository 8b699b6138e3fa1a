"""Isolation: the place where tools run."""
