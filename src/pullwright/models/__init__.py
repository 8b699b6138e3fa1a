"""Models behind their wires: Responses, Chat Completions, Anthropic Messages."""
