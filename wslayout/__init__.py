"""wslayout lays out Weights & Biases workspaces."""
