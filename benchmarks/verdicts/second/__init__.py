"""A second set of answers of known origin, which no rule was developed on."""
