"""One file for each command, its click command as `command`; imported when it is called."""
