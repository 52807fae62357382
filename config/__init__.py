"""The composition root: settings, wiring, drivers, the command line."""
