"""Every kind of decider, in one literal table. To add one, add a line here and its module."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KindInfo:
    """One kind of decider.

    ``how`` says how it is asked: 'pure' (computed here), 'model' (a language model, asked over a network),
    'inbox' (decisions are handed in from outside) or 'derived' (computed from the others' answers).
    ``needs_key`` names the environment variable that holds its provider's key; a key in the store serves too.
    ``baseline`` marks the yardsticks that every claim is held against.
    """

    label: str
    baseline: bool = False
    needs_key: tuple[str, ...] = ()
    how: str = "pure"


def _model(label: str, *needs_key: str) -> KindInfo:
    return KindInfo(label, needs_key=needs_key, how="model")


KINDS: Final[dict[str, KindInfo]] = {
    "scoring": KindInfo("Scoring engine"),
    "momentum": KindInfo("Trend follower"),
    "mean_reversion": KindInfo("Mean reversion"),
    "buy_and_hold": KindInfo("Buy and hold", baseline=True),
    "equal_weight": KindInfo("Equal weight", baseline=True),
    "random": KindInfo("Matched random", baseline=True),
    "always_flat": KindInfo("Always flat", baseline=True),
    "scripted": KindInfo("Scripted answers"),
    "strategy": KindInfo("Strategy"),
    "human": KindInfo("Person", how="inbox"),
    "external": KindInfo("Program from outside", how="inbox"),
    "installed": KindInfo("Installed package"),
    "consensus": KindInfo("Consensus of the others", how="derived"),
    "openai": _model("OpenAI", "OPENAI_API_KEY"),
    "anthropic": _model("Anthropic", "ANTHROPIC_API_KEY"),
    "bedrock": _model("Anthropic on AWS Bedrock", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "xai": _model("xAI", "XAI_API_KEY"),
    "deepseek": _model("DeepSeek", "DEEPSEEK_API_KEY"),
    "gemini": _model("Google Gemini", "GEMINI_API_KEY"),
    "qwen": _model("Alibaba Qwen", "DASHSCOPE_API_KEY"),
    "openrouter": _model("OpenRouter", "OPENROUTER_API_KEY"),
    "cloudflare": _model("Cloudflare AI Gateway", "CLOUDFLARE_AI_GATEWAY_TOKEN"),
    "ollama": _model("Ollama on this machine"),
    "vllm": _model("vLLM on this machine"),
    "llamacpp": _model("llama.cpp on this machine"),
    "openai_compatible": _model("OpenAI-compatible endpoint", "OPENAI_COMPATIBLE_API_KEY"),
    "local_llm": _model("Small model on this machine"),
}
