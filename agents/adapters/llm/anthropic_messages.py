"""Anthropic Messages, also as AWS Bedrock serves them."""

from collections.abc import Mapping
from typing import Any, Final

from agents.adapters.llm.outcomes import Reading, count_in, text_in, unusable
from agents.adapters.llm.written import dump, has_repeats
from agents.domain.llm.exchange import ModelRequest, Outcome, Usage

VERSION: Final = "2026-10-21"
"""The version of the interface that this module reads and writes, whatever an environment says."""

_STOPS: Final = {
    "end_turn": Outcome.ANSWERED,
    "stop_sequence": Outcome.ANSWERED,
    "tool_use": Outcome.ANSWERED,
    "max_tokens": Outcome.TRUNCATED,
    "model_context_window_exceeded": Outcome.TRUNCATED,
    "refusal": Outcome.REFUSED,
}


def arguments(request: ModelRequest) -> dict[str, Any]:
    """Return the arguments of ``messages.create``. There is no temperature: newer models refuse one."""
    model = request.model
    asked: dict[str, Any] = {
        "model": model.model,
        "max_tokens": model.max_output_tokens,
        "system": request.system,
        "messages": [{"role": "user", "content": request.user}],
    }
    output: dict[str, Any] = {"effort": model.effort} if model.effort else {}
    match model.structured:
        case "json_schema":
            output["format"] = {"type": "json_schema", "schema": dict(request.schema)}
        case "tool_strict":
            tool = {"name": request.schema_name, "input_schema": dict(request.schema), "strict": True}
            asked |= {"tools": [tool], "tool_choice": {"type": "tool", "name": request.schema_name}}
        case _:
            pass
    if output:
        asked["output_config"] = output
    if model.extra_body:
        asked["extra_body"] = dict(model.extra_body)
    return asked


def read(document: Mapping[str, Any], tool: str) -> Reading:
    """Return what stands in a message; ``tool`` names the tool offered, '' for none."""
    stop = text_in(document, "stop_reason")
    about = Reading(
        _STOPS.get(stop, Outcome.PROTOCOL),
        finish_reason=stop,
        model=text_in(document, "model"),
        usage=_usage(document.get("usage")),
    )
    content = document.get("content")
    if not isinstance(content, list):
        return unusable("the message holds no content", about)
    if about.outcome is Outcome.PROTOCOL:
        return unusable(f"the message stopped for {stop[:40]!r}, which is no end", about)
    if about.outcome is Outcome.REFUSED:
        about = about._replace(refusal=_explained(document))
    return _said([block for block in content if isinstance(block, Mapping)], tool, about)


def _said(blocks: list[Mapping[str, Any]], tool: str, about: Reading) -> Reading:
    """Return the input of the one use of the tool as JSON; the text where it was not used."""
    uses = [b for b in blocks if b.get("type") == "tool_use" and b.get("name") == tool] if tool else []
    if not uses:
        return about._replace(text="".join(text_in(b, "text") for b in blocks if b.get("type") == "text"))
    if about.outcome is not Outcome.ANSWERED:
        return about
    if len(uses) > 1 or has_repeats(uses[0]):
        return unusable("the message uses the tool more than once, or names its input twice", about)
    try:
        return about._replace(text=dump(uses[0].get("input")))
    except RecursionError:
        return unusable("the tool's input is nested too deep", about)


def _explained(document: Mapping[str, Any]) -> str:
    details = document.get("stop_details")
    if not isinstance(details, Mapping):
        return "refused"
    return text_in(details, "explanation") or text_in(details, "category") or "refused"


def _usage(usage: Any) -> Usage:
    """Return the tokens; here ``input_tokens`` leaves the cached ones out."""
    cached = count_in(usage, "cache_read_input_tokens")
    written = count_in(usage, "cache_creation_input_tokens")
    return Usage(
        input=count_in(usage, "input_tokens") + cached + written,
        cached=cached,
        cache_write=written,
        output=count_in(usage, "output_tokens"),
        reasoning=count_in(usage, "output_tokens_details", "thinking_tokens"),
    )
