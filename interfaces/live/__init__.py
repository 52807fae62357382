"""The live face: a WebSocket that says "version N"; clients fetch what they show."""
