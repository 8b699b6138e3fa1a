"""The loop, its context, permissions and instructions."""
