"""Proof on a chain. Contracts and chains come with the proof issue; the port stands, its twin is `none`."""
