"""Answers, specifications and house deciders. Pure."""
