"""The house deciders: each a pure function of an observation and a configuration."""
