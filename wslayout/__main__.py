"""``python -m wslayout``."""

from wslayout.cli import main

if __name__ == "__main__":
    main()
