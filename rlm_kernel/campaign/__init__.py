"""From one document to ten thousand: the same questions about many documents, within one budget and one ledger.

`map_documents` (and `RLM.map`) runs them, in this process or on a dask.distributed cluster; each run is a row with a
trace, and the same call goes on where it was stopped. `Results` is what has come of it.
"""

from __future__ import annotations

from .errors import CampaignError
from .mapping import amap_documents, map_documents
from .progress import CampaignProgress
from .questions import CampaignQuestion, read_questions
from .results import Lineage, Results, TableAnswer
from .rows import CampaignRow

__all__ = [
    "CampaignError",
    "CampaignProgress",
    "CampaignQuestion",
    "CampaignRow",
    "Lineage",
    "Results",
    "TableAnswer",
    "amap_documents",
    "map_documents",
    "read_questions",
]
