"""Run folders and run files, here or elsewhere, read by one process or many."""
