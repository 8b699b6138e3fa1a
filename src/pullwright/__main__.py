"""`python -m pullwright`."""

from pullwright.cli import main

if __name__ == "__main__":
    main()
