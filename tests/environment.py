"""The environment of a test process, set before Django reads it: own folder, own key, nobody's settings.

Imported first by tests/conftest.py. Each process (each worker of pytest-xdist) has its own folder, which is
removed at exit. DJANGO_SETTINGS_MODULE is set here and not in pyproject.toml: pytest-django would read the
settings before this module, and so the data folder and key of whoever runs the tests.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django

DATA_DIR = Path(tempfile.mkdtemp(prefix="arena-tests-"))
DATA_DIR.chmod(0o755)  # PostgreSQL started by root runs as nobody and must reach its folder
(DATA_DIR / "static").mkdir()  # WhiteNoise warns where its folder is missing, and warnings are errors here
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

_OURS = ("ARENA_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "CSRF_", "HTTPS")
for _name in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[_name]
os.environ["ARENA_DATA_DIR"] = str(DATA_DIR)
os.environ["ARENA_MARKET"] = "simulated"  # no test looks for a venue on the network
os.environ["SECRET_KEY"] = "only-for-tests-" * 4
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
# Not handed on: a worker of pytest-xdist would read the settings before it has a folder of its own.
del os.environ["DJANGO_SETTINGS_MODULE"]
