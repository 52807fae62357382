"""How each vendor writes an answer, an error and a list of models; read in openai 3.52, anthropic 2.11."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from agents.domain.llm.exchange import Usage

CHAT: Final = "chat"
RESPONSES: Final = "responses"
MESSAGES: Final = "messages"

Phases = Sequence[tuple[str, str]]
"""Messages of the Responses dialect in order: phase (commentary or final_answer) and text."""


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as it came over the wire. ``when`` is monotonic seconds; header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    when: float

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    @property
    def dialect(self) -> str:
        """The dialect asked in, by path; '' for what is no question to a model."""
        if self.path.startswith("/model/") and self.path.endswith("/invoke"):
            return MESSAGES  # AWS Bedrock
        endings = {"/chat/completions": CHAT, "/responses": RESPONSES, "/messages": MESSAGES}
        return next((name for ending, name in endings.items() if self.path.endswith(ending)), "")

    @property
    def speaks_anthropic(self) -> bool:
        """True if the asker expects Anthropic's forms."""
        return self.dialect == MESSAGES or "anthropic-version" in self.headers

    @property
    def model(self) -> str:
        """The model asked for."""
        return str(self.json.get("model") or self.path.removeprefix("/model/").removesuffix("/invoke"))

    @property
    def key(self) -> str:
        """The key it came with, whichever header carried it."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        return bearer or self.headers.get("x-api-key", "") or self.headers.get("api-key", "")

    @property
    def tool(self) -> str:
        """The name of the one tool offered; '' where none is."""
        tools = self.json.get("tools")
        if not tools:
            return ""
        return str(tools[0].get("name") or tools[0].get("function", {}).get("name", ""))


def usage_of(request: ReceivedRequest, text: str) -> Usage:
    """Return figures that follow from the lengths alone: 1.6 characters a token, a prefix of 1,024 cached."""
    asked, answered = len(request.body) * 10 // 16, max(1, len(text) * 10 // 16)
    thinks = any(name in request.json for name in ("reasoning", "reasoning_effort", "output_config"))
    reasoning = 64 if thinks else 0
    return Usage(asked, 1024 if asked > 1024 else 0, 0, answered + reasoning, reasoning)


@dataclass(frozen=True)
class Said:
    """What a model says, before a vendor's form is put around it. ``finish`` is a word of ``FINISHES``."""

    text: str
    finish: str = "stop"
    model: str = ""
    usage: Usage | None = None
    refusal: str = ""
    phases: Phases = ()


FINISHES: Final = {
    "stop": ("stop", "completed", "end_turn"),
    "length": ("length", "max_output_tokens", "max_tokens"),
    "content_filter": ("content_filter", "content_filter", "refusal"),
    "refusal": ("stop", "completed", "refusal"),
    "context": ("length", "max_output_tokens", "model_context_window_exceeded"),
}
"""Why a model stopped, in Chat's, Responses' and Anthropic's words."""


def answer_body(request: ReceivedRequest, said: Said, number: int) -> dict[str, Any]:
    """Return the vendor's document around what was said, in the form of the endpoint that was asked."""
    write = {CHAT: _chat, RESPONSES: _responses, MESSAGES: _messages}[request.dialect or CHAT]
    return write(request, said, said.usage or usage_of(request, said.text), number)


def _chat(request: ReceivedRequest, said: Said, usage: Usage, number: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": said.refusal or None}
    finish = FINISHES[said.finish][0]
    if request.tool and said.text:
        call = {"name": request.tool, "arguments": said.text}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
        finish = "tool_calls" if finish == "stop" else finish
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_795_000_000,
        "model": said.model or request.model,
        "system_fingerprint": "fp_loopback",
        "choices": [{"index": 0, "finish_reason": finish, "logprobs": None, "message": message}],
        "usage": {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
            "prompt_tokens_details": {
                "cached_tokens": usage.cached,
                "cache_write_tokens": usage.cache_write,
            },
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        },
    }


def _responses(request: ReceivedRequest, said: Said, usage: Usage, number: int) -> dict[str, Any]:
    reason = FINISHES[said.finish][1]
    cut = reason != "completed"
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1_795_000_000,
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": reason} if cut else None,
        "error": None,
        "model": said.model or request.model,
        "output": _response_output(request, said, number),
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": usage.input,
            "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": usage.input + usage.output,
        },
    }


def _response_output(request: ReceivedRequest, said: Said, number: int) -> list[dict[str, Any]]:
    if request.tool and said.text:
        call = {"name": request.tool, "arguments": said.text, "call_id": f"call_{number}"}
        return [{"type": "function_call", "id": f"fc_{number}", "status": "completed", **call}]
    messages: list[dict[str, Any]] = []
    for index, (phase, text) in enumerate(said.phases or [("", said.text)]):
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        refused = {"type": "refusal", "refusal": said.refusal}
        message = {
            "type": "message",
            "id": f"msg_{number}_{index}",
            "role": "assistant",
            "status": "completed",
            "content": [refused if said.refusal else part],
        }
        messages.append(message | ({"phase": phase} if phase else {}))
    return messages


def _messages(request: ReceivedRequest, said: Said, usage: Usage, number: int) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": said.text}] if said.text else []
    stop = FINISHES[said.finish][2]
    if request.tool and (document := _object_in(said.text)) is not None:
        content = [{"type": "tool_use", "id": "toolu_1", "name": request.tool, "input": document}]
        stop = "tool_use" if stop == "end_turn" else stop
    explained = {"type": "refusal", "category": None, "explanation": said.refusal or None}
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": said.model or request.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": explained if stop == "refusal" else None,
        "usage": {
            "input_tokens": usage.input - usage.cached - usage.cache_write,
            "cache_read_input_tokens": usage.cached,
            "cache_creation_input_tokens": usage.cache_write,
            "output_tokens": usage.output,
            "output_tokens_details": {"thinking_tokens": usage.reasoning},
        },
    }


def _object_in(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


_OPENAI_ERRORS: Final = {
    400: ("invalid_request_error", ""),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}
_ANTHROPIC_ERRORS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error_body(request: ReceivedRequest, status: int, code: str, message: str) -> dict[str, Any]:
    """Return an error as the vendor asked writes it; ``code`` overrides the usual code of the status."""
    message = message or f"the loopback provider answers {status}"
    if request.speaks_anthropic:
        kind = _ANTHROPIC_ERRORS.get(status, "api_error")
        details = {"details": {"error_code": code}} if code else {}
        return {
            "type": "error",
            "error": {"type": kind, "message": message, **details},
            "request_id": "req_0",
        }
    kind, usual = _OPENAI_ERRORS.get(status, ("server_error", ""))
    return {"error": {"message": message, "type": kind, "param": None, "code": code or usual or None}}


def models_body(request: ReceivedRequest, ids: Sequence[str]) -> dict[str, Any]:
    """Return the list of models in the form of the vendor asked."""
    entries = [model_body(request, name) for name in ids]
    if request.speaks_anthropic:
        return {
            "data": entries,
            "has_more": False,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
        }
    return {"object": "list", "data": entries}


def model_body(request: ReceivedRequest, name: str) -> dict[str, Any]:
    """Return one model in the form of the vendor asked."""
    if not request.speaks_anthropic:
        return {"id": name, "object": "model", "created": 1_795_000_000, "owned_by": "loopback"}
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2026-06-01T00:00:00Z",
        "lifecycle": "active",
        "capabilities": {"structured_outputs": {"supported": True}},
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    }
