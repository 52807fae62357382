"""How a key goes out: as a bearer, or as a signature of AWS. The SDKs never hold it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from accounts.domain.scrubbing import Scrubber
from agents.adapters.llm.anthropic_messages import VERSION
from agents.adapters.llm.transport import Reach, Sign
from agents.domain.llm.exchange import ModelRef

_KEY_HEADERS: Final = {"cloudflare": "cf-aig-authorization"}
"""A gateway's token goes in a header of its own; in ``authorization`` it would be passed on to the vendor."""

_NO_REGION: Final = "us-east-1"


def reach_of(model: ModelRef, key: str, *, loopback: bool) -> Reach:
    """Return how a model's address is reached with a key; '' where a server on this machine wants none."""
    headers = {"anthropic-version": VERSION} if model.dialect == "messages" else {}
    sign = None
    if model.dialect == "bedrock" and ":" in key:
        sign = aws_signature(key, region_of(model.base_url))
    elif key:
        headers[_KEY_HEADERS.get(model.provider, "authorization")] = f"Bearer {key}"
    return Reach(model.base_url, loopback, headers, sign, _scrubber(key))


def _scrubber(key: str) -> Scrubber:
    scrubber = Scrubber()
    for part in (key, *key.split(":")):
        scrubber.add(part)
    return scrubber


def aws_signature(key: str, region: str) -> Sign:
    """Return what signs requests to Bedrock; ``key`` is 'ID:SECRET' or 'ID:SECRET:TOKEN'.

    Straight from the signing code: a session of boto3 would read profiles, files and variables on the way.
    """
    from botocore.auth import SigV4Auth  # noqa: PLC0415 - an optional package (requirements-bedrock.in)
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - as above
    from botocore.credentials import Credentials  # noqa: PLC0415 - as above

    identifier, secret, *token = key.split(":", 2)
    signer = SigV4Auth(Credentials(identifier, secret, token[0] if token else None), "bedrock", region)

    def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
        signer.add_auth(request)
        return {name.lower(): value for name, value in request.headers.items()}

    return sign


def region_of(base_url: str) -> str:
    """Return the AWS region that a Bedrock address names."""
    labels = (urlsplit(base_url).hostname or "").split(".")
    return labels[1] if labels[0].startswith("bedrock-runtime") and len(labels) > 1 else _NO_REGION
