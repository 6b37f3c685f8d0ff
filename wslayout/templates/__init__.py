"""Templates: a layout that a team keeps as YAML, read, checked and applied to keys."""
