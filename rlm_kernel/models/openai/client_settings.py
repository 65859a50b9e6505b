"""What a client of the `openai` package was configured with, as the arguments of `OpenAICompatible`.

The package knows more ways to name an endpoint and a key than an address and a variable: Azure's deployments and
versions, organisations, headers of a gateway. A user who has such a client need not say it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from ..base import ModelError
from ..keys import NO_KEY

if TYPE_CHECKING:
    import openai

# What every client of the package sends, and what is sent here in its place.
_ITS_OWN = ("accept", "content-type", "user-agent", "authorization")
_ITS_PREFIX = "x-stainless-"


def settings_of(name: str, client: openai.OpenAI | openai.AsyncOpenAI) -> dict[str, Any]:
    """`base_url`, `api_key`, `extra_headers`, `timeout` and `max_retries` as the client has them.

    `name` is the model's, or that of a deployment of Azure's. Raises `ModelError` for what is no such client, and for
    one whose key is made anew for every request.
    """
    import openai

    if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
        kind = type(client).__name__
        raise ModelError(f"A client of the openai package is wanted, not {kind}: openai.OpenAI(...).", kind="protocol")
    is_azure = isinstance(client, openai.AzureOpenAI | openai.AsyncAzureOpenAI)
    key = client.api_key
    if getattr(client, "_azure_ad_token_provider", None) or getattr(client, "_azure_ad_token", None) or not key:
        raise ModelError(
            "This client of the openai package makes its key anew for every request, which is not supported: "
            "make it with api_key.",
            kind="auth",
        )
    address = urlsplit(str(client.base_url))
    path = address.path.rstrip("/")
    if is_azure and "/deployments/" not in path:
        path += f"/deployments/{quote(name, safe='')}"
    query = "&".join(part for part in (address.query, urlencode(_texts(client.default_query))) if part)
    headers = {
        header: value
        for header, value in _texts(client.default_headers).items()
        if header.lower() not in _ITS_OWN and not header.lower().startswith(_ITS_PREFIX)
    }
    timeout = client.timeout
    seconds = getattr(timeout, "read", timeout)
    return {
        "base_url": urlunsplit(address._replace(path=path, query=query)),
        "api_key": NO_KEY if is_azure else key,
        "extra_headers": headers | ({"api-key": key} if is_azure else {}),
        "timeout": seconds if isinstance(seconds, int | float) else None,
        "max_retries": client.max_retries,
    }


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    """Those that are texts: the package has objects for what is to be left out."""
    return {name: value for name, value in values.items() if isinstance(value, str)}
