"""What runs inside the sub-kernel. It imports nothing else of ours but `document`, so that it stays auditable."""
