"""Chains behind the port."""
