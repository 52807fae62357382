"""Who plays in the hand-made seasons, and when."""

from kernel.units import SCALE

START_MS = 1_795_000_000_000
INTERVAL_MS = 180_000
CAPITAL = 10_000 * SCALE

HOSTILE = "<script>alert(1)</script>\u202eevil\u2066\u200b\"'><img src=x onerror=alert(1)>{{ 7 }}"

ROSTER = (
    ("chatgpt", "ChatGPT", "gpt-6.1-terra", "openai", False),
    ("claude", "Claude", "claude-sonnet-5-5", "anthropic", False),
    ("grok", "Grok", "grok-4.7", "xai", False),
    ("deepseek", "DeepSeek", "deepseek-v4-flash", "deepseek", False),
    ("scoring", "Scoring engine", "rules of seed A", "scoring", False),
    ("momentum", "Trend follower", "", "momentum", False),
    ("reversion", "Mean reversion", "", "mean_reversion", False),
    ("hold", "Buy and hold", "", "buy_and_hold", True),
    ("equal", "Equal weight", "", "equal_weight", True),
    ("random", "Matched random", "median of its seeds", "random", True),
    ("flat", "Always flat", "", "always_flat", True),
    ("bold", "Scoring, aggressive", "rules of seed A", "scoring", False),
)
