"""The interactive terminal as a person has it: a real process, a real sandbox, a scripted model over HTTP."""
