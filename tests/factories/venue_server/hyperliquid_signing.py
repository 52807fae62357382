"""Who has signed a Hyperliquid action: the hash of its MessagePack, the phantom agent, the address.

Written from the venue's description of L1 actions and EIP-712, not from a client's code.
"""

from typing import Any

import msgpack  # type: ignore[import-untyped]  # it publishes no types
from eth_keys.exceptions import BadSignature
from eth_keys.main import lazy_key_api as keys
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from tests.factories.venue_server.records import Refusal

_DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_AGENT = keccak(b"Agent(string source,bytes32 connectionId)")
_APPROVAL = keccak(
    b"HyperliquidTransaction:ApproveBuilderFee"
    b"(string hyperliquidChain,string maxFeeRate,address builder,uint64 nonce)"
)


def domain_of(name: str, version: str, chain: int) -> bytes:
    """Return the EIP-712 hash of a domain whose contract is the zero address."""
    parts = [_DOMAIN, keccak(text=name), keccak(text=version), chain.to_bytes(32, "big"), bytes(32)]
    return keccak(b"".join(parts))


_EXCHANGE = domain_of("Exchange", "1", 1337)


def action_hash(action: Any, nonce: int, vault: str | None, expires_after: int | None) -> bytes:
    """Return the hash of an action: its MessagePack in the order it was sent, nonce, vault, expiry."""
    data = msgpack.packb(action) + nonce.to_bytes(8, "big")
    data += b"\x01" + bytes.fromhex(vault.removeprefix("0x")) if vault else b"\x00"
    if expires_after is not None:
        data += b"\x00" + expires_after.to_bytes(8, "big")
    return bytes(keccak(data))


def signer_of_action(body: dict[str, Any], *, testnet: bool) -> str:
    """Return the address whose key has signed an L1 action."""
    action, nonce = body["action"], int(body["nonce"])
    connection = action_hash(action, nonce, body.get("vaultAddress"), body.get("expiresAfter"))
    struct = keccak(_AGENT + keccak(text="b" if testnet else "a") + connection)
    return recovered(_EXCHANGE, struct, body["signature"])


def signer_of_approval(body: dict[str, Any]) -> str:
    """Return the address whose key has signed the approval of a builder's fee."""
    action = body["action"]
    domain = domain_of("HyperliquidSignTransaction", "1", int(str(action["signatureChainId"]), 16))
    fields = [
        _APPROVAL,
        keccak(text=action["hyperliquidChain"]),
        keccak(text=action["maxFeeRate"]),
        bytes(12) + bytes.fromhex(str(action["builder"]).removeprefix("0x")),
        int(action["nonce"]).to_bytes(32, "big"),
    ]
    return recovered(domain, keccak(b"".join(fields)), body["signature"])


def recovered(domain: bytes, struct: bytes, signature: Any) -> str:
    """Return the lower-case address that a typed-data signature belongs to."""
    try:
        vrs = (int(signature["v"]) - 27, int(signature["r"], 16), int(signature["s"], 16))
        public = keys.Signature(vrs=vrs).recover_public_key_from_msg_hash(
            keccak(b"\x19\x01" + domain + struct)
        )
    except (BadSignature, ValidationError, KeyError, ValueError, TypeError):
        raise Refusal("signature") from None
    return str(public.to_address())
