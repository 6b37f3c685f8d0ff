"""What wslayout shows: `terminal` for the command line, `html` for the preview page."""
