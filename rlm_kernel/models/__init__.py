"""Who answers: any OpenAI-compatible endpoint, the embedded local model, or a recorded one.

Only this package imports openai or xllamacpp, and only inside functions: `import rlm_kernel` stays fast.
"""

from .base import Delta, Message, Model, ModelError, Reply

__all__ = ["Delta", "Message", "Model", "ModelError", "Reply"]
