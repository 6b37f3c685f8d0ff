"""Tables of metric keys: files, pandas tables, standard input."""
