"""Labels that a sub-model gives to texts, the spot-check of some, and intervals for shares, counts and means."""

from .estimates import checked_by_person, estimates, re_estimated
from .sampling import draw

__all__ = ["checked_by_person", "draw", "estimates", "re_estimated"]
