"""Projects on a W&B server: sums, indexes, samples of runs, and runs known from earlier."""
