"""A seeded market that needs no network: the embedded default where no venue answers."""

from trading.adapters.simulated.market import SimulatedMarket

__all__ = ["SimulatedMarket"]
