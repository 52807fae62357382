"""Pure rules of the contest: clock, stages, standings, replay."""
