"""The steps of a round, in the order of arena.rounds. Each stores its stage, or finds it stored."""
