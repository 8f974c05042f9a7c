"""``python -m igny8.cli`` is the same as ``igny8``."""

from igny8.cli.app import main

if __name__ == "__main__":
    main()
