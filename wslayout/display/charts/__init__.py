"""Small charts of sampled values."""
