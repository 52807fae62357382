"""The contest: seasons, contestants, rounds, turns, standings, replay."""
