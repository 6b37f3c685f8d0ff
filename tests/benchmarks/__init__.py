"""What wslayout takes, in seconds and memory; run by hand, as nothing here asserts."""
