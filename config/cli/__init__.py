"""The subcommands of `manage.py arena`, one module each."""
