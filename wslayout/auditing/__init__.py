"""The audit: a project or run folders against what W&B's pages on limits advise."""
