"""Adds up baskets."""
