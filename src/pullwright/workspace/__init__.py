"""Git outside the sandbox: mirrors, checkouts, snapshots, checkpoints, the change."""
