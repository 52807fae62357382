"""A master key, a key and the body that enters a model contestant with it."""

import json
from base64 import b64encode
from typing import Any, Final

from django.test import Client

from tests.factories.played_season import SLUG
from tests.factories.provider_server import ProviderServer

MASTER_KEY: Final = b64encode(b"master key that a test has plant").decode()
KEY: Final = "sk-entered-8842-abcd"


def body(server: ProviderServer, /, **changes: Any) -> dict[str, Any]:
    """Return the fields that enter a model which the server serves."""
    usual = {"name": "My Model", "provider": "vllm", "model": "some-model", "base_url": server.openai_url}
    return {**usual, "key": KEY, "season": SLUG, **changes}


def post(client: Client, address: str, data: Any = None) -> Any:
    """Send JSON to an address of the API."""
    return client.post(f"/api/v1/{address}", json.dumps(data), content_type="application/json")
