"""Sub-kernels on another Linux host: a host that starts them, and a client that uses them as its own."""
