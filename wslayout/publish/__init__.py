"""From a layout to a saved view."""
