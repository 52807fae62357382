"""The health face: is the process alive, and is it ready to be shown to people."""
