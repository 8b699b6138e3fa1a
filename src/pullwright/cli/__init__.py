"""The terminal face."""


def main() -> None:
    """The `pullwright` program."""
    raise SystemExit("not here yet")
