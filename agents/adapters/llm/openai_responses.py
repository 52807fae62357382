"""OpenAI Responses: failures, refusals and cuts all come with status 200, and answers in phases."""

from collections.abc import Mapping
from typing import Any, Final

from agents.adapters.llm.outcomes import Reading, count_in, read_complaint, text_in, unusable
from agents.domain.llm.exchange import ModelRequest, Outcome, Usage

_FAILURES: Final = {
    "server_error": Outcome.OVERLOADED,
    "rate_limit_exceeded": Outcome.RATE_LIMITED,
    "insufficient_quota": Outcome.BILLING,
    "invalid_prompt": Outcome.CONTENT_FILTER,
}


def arguments(request: ModelRequest) -> dict[str, Any]:
    """Return the arguments of ``responses.create``. Not stored: the vendor's default keeps a month."""
    model = request.model
    asked: dict[str, Any] = {
        "model": model.model,
        "instructions": request.system,
        "input": request.user,
        **_form(request),
        "max_output_tokens": model.max_output_tokens,
        "store": False,
    }
    if model.effort:
        asked["reasoning"] = {"effort": model.effort}
    if model.extra_body:
        asked["extra_body"] = dict(model.extra_body)
    return asked


def _form(request: ModelRequest) -> dict[str, Any]:
    name, schema = request.schema_name, dict(request.schema)
    match request.model.structured:
        case "json_schema":
            return {
                "text": {"format": {"type": "json_schema", "name": name, "schema": schema, "strict": True}}
            }
        case "json_object":
            return {"text": {"format": {"type": "json_object"}}}
        case "tool_strict":
            return {
                "tools": [{"type": "function", "name": name, "parameters": schema, "strict": True}],
                "tool_choice": {"type": "function", "name": name},
            }
        case _:
            return {}


def read(document: Mapping[str, Any], tool: str) -> Reading:
    """Return what stands in a response; ``tool`` names the function offered, '' for none."""
    about = Reading(
        Outcome.ANSWERED,
        finish_reason=text_in(document, "status"),
        model=text_in(document, "model"),
        usage=_usage(document.get("usage")),
    )
    match about.finish_reason:
        case "failed":
            return _failed(document, about)
        case "incomplete":
            return _incomplete(document, about)
        case "completed":
            return _completed(document, tool, about)
        case status:
            return unusable(f"the response's status is {status[:40]!r}, not completed", about)


def _failed(document: Mapping[str, Any], about: Reading) -> Reading:
    complaint = read_complaint(document)
    outcome = _FAILURES.get(complaint.code, Outcome.PROTOCOL)
    said = f"{complaint.code} {complaint.message}"[:200]
    return about._replace(outcome=outcome, detail=f"the response failed: {said}")


def _incomplete(document: Mapping[str, Any], about: Reading) -> Reading:
    details = document.get("incomplete_details")
    reason = text_in(details, "reason") if isinstance(details, Mapping) else ""
    outcome = Outcome.CONTENT_FILTER if reason == "content_filter" else Outcome.TRUNCATED
    return about._replace(outcome=outcome, finish_reason=reason or "incomplete")


def _completed(document: Mapping[str, Any], tool: str, about: Reading) -> Reading:
    output = document.get("output")
    if not isinstance(output, list):
        return unusable("the response holds no output", about)
    items = [item for item in output if isinstance(item, Mapping)]
    final = _final_messages(items)
    refusal = _parts(final, "refusal", "refusal")
    if refusal:
        return about._replace(outcome=Outcome.REFUSED, refusal=" ".join(refusal))
    texts = (_calls(items, tool) if tool else []) or _parts(final, "output_text", "text")
    if len(texts) != 1:
        return unusable(f"the response holds {len(texts)} final answers, not one", about)
    return about._replace(text=texts[0])


def _final_messages(items: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the messages that are the answer: comments on the way to it are no orders."""
    messages = [item for item in items if item.get("type") == "message"]
    return [message for message in messages if message.get("phase") in {None, "", "final_answer"}]


def _parts(messages: list[Mapping[str, Any]], kind: str, name: str) -> list[str]:
    contents = (message.get("content") for message in messages)
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return [text_in(part, name) for part in parts if isinstance(part, Mapping) and part.get("type") == kind]


def _calls(items: list[Mapping[str, Any]], tool: str) -> list[str]:
    calls = [item for item in items if item.get("type") == "function_call"]
    return [text_in(call, "arguments") for call in calls if call.get("name") == tool]


def _usage(usage: Any) -> Usage:
    return Usage(
        input=count_in(usage, "input_tokens"),
        cached=count_in(usage, "input_tokens_details", "cached_tokens"),
        cache_write=count_in(usage, "input_tokens_details", "cache_write_tokens"),
        output=count_in(usage, "output_tokens"),
        reasoning=count_in(usage, "output_tokens_details", "reasoning_tokens"),
    )
