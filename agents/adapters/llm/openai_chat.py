"""OpenAI Chat Completions: the dialect of nearly every vendor and of servers on this machine."""

from collections.abc import Mapping
from typing import Any, Final

from agents.adapters.llm.outcomes import Reading, count_in, text_in, unusable
from agents.domain.llm.exchange import ModelRequest, Outcome, Usage

_FINISHES: Final = {
    "length": Outcome.TRUNCATED,
    "content_filter": Outcome.CONTENT_FILTER,
    "error": Outcome.PROTOCOL,
}


def arguments(request: ModelRequest) -> dict[str, Any]:
    """Return the arguments of ``chat.completions.create`` in a fixed order: their bytes are on the tape."""
    model = request.model
    asked: dict[str, Any] = {
        "model": model.model,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        **_form(request),
        model.max_tokens_field: model.max_output_tokens,
    }
    if model.effort:
        asked["reasoning_effort"] = model.effort
    if model.extra_body:
        asked["extra_body"] = dict(model.extra_body)
    return asked


def _form(request: ModelRequest) -> dict[str, Any]:
    name, schema = request.schema_name, dict(request.schema)
    match request.model.structured:
        case "json_schema":
            inner = {"name": name, "schema": schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": inner}}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case "tool_strict":
            function = {"name": name, "parameters": schema, "strict": True}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": name}},
            }
        case _:
            return {}


def read(document: Mapping[str, Any], tool: str) -> Reading:
    """Return what stands in a chat completion; ``tool`` names the function offered, '' for none."""
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    about = Reading(
        Outcome.ANSWERED,
        model=text_in(document, "model"),
        fingerprint=text_in(document, "system_fingerprint"),
        usage=read_usage(document.get("usage")),
    )
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        return unusable("the answer holds no choices", about)
    about = about._replace(
        finish_reason=text_in(choice, "finish_reason"), refusal=text_in(message, "refusal")
    )
    text = _called(message, tool) if tool and message.get("tool_calls") else _content(message)
    if text is None:
        return unusable("the answer holds no text and no single call of the tool", about)
    usual = Outcome.REFUSED if about.refusal else Outcome.ANSWERED
    return about._replace(outcome=_FINISHES.get(about.finish_reason, usual), text=text)


def _content(message: Mapping[str, Any]) -> str | None:
    """Return the content, null as ''. Some endpoints give it in parts of text."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(text_in(part, "text") for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ("" if content is None else None)


def _called(message: Mapping[str, Any], tool: str) -> str | None:
    """Return the arguments of the one call of the tool; None where there are several or another one."""
    calls = message["tool_calls"]
    if not isinstance(calls, list) or len(calls) != 1 or not isinstance(calls[0], Mapping):
        return None
    function = calls[0].get("function")
    if not isinstance(function, Mapping) or function.get("name") != tool:
        return None
    written = function.get("arguments")
    return written if isinstance(written, str) else None


def read_usage(usage: Any) -> Usage:
    """Return the tokens. ``cached`` stands inside ``input`` already; DeepSeek has a word of its own for it.

    Two vendors leave the reasoning out of ``completion_tokens`` but not out of the total: the larger counts.
    """
    asked, said = count_in(usage, "prompt_tokens"), count_in(usage, "completion_tokens")
    cached = count_in(usage, "prompt_tokens_details", "cached_tokens")
    return Usage(
        input=asked,
        cached=cached or count_in(usage, "prompt_cache_hit_tokens"),
        cache_write=count_in(usage, "prompt_tokens_details", "cache_write_tokens"),
        output=max(said, count_in(usage, "total_tokens") - asked),
        reasoning=count_in(usage, "completion_tokens_details", "reasoning_tokens"),
    )
