"""Agents that can be built: house deciders and scripts. Configured by argument, not by Django."""
