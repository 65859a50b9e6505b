"""Further, blind solves of a question, what they agree on, and how certain the answer is."""
