"""Tests of the adapter for real venues."""
