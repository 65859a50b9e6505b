"""The "RLM" kernel: a cell is a question about the current context. Importing this package imports nothing else."""
