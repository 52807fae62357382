"""Every setting, from the environment alone (.env.example lists the variables)."""

import os
import sys
from pathlib import Path

from config.env import (
    ROLES,
    TRADING,
    SettingError,
    check_together,
    check_trading,
    know_secrets,
    read_bool,
    read_choice,
    read_database,
    read_int,
    read_list,
    read_market,
    read_master_keys,
    read_redis,
    read_secret_key,
    read_text,
    read_venue_keys,
)

BASE_DIR = Path(__file__).resolve().parent.parent
_ENV = os.environ

try:
    ARENA_DATA_DIR = Path(read_text(_ENV, "ARENA_DATA_DIR", str(BASE_DIR / "var"))).absolute()
    ARENA_STOP_FILE = Path(read_text(_ENV, "ARENA_STOP_FILE", str(ARENA_DATA_DIR / "ARENA_STOP"))).absolute()
    DEBUG = read_bool(_ENV, "DEBUG", default=False)
    ARENA_HOST = read_text(_ENV, "ARENA_HOST", "127.0.0.1")
    ARENA_PORT = read_int(_ENV, "ARENA_PORT", 8000, 0, 65535)
    ARENA_RUNNER = read_choice(_ENV, "ARENA_RUNNER", ("local", "celery"))
    ARENA_MARKET = read_market(_ENV, "ARENA_MARKET")
    ARENA_THREADS = read_int(_ENV, "ARENA_THREADS", 4, 1, 64)
    ARENA_LOCAL_LLM = read_bool(_ENV, "ARENA_LOCAL_LLM", default=False)
    ARENA_LOOPBACK_MODELS = read_bool(_ENV, "ARENA_LOOPBACK_MODELS", default=False)
    REDIS_URL = read_redis(_ENV, "REDIS_URL")
    ALLOWED_HOSTS = read_list(_ENV, "ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{ARENA_HOST}")
    SECRET_KEY = read_secret_key(_ENV, "SECRET_KEY", ARENA_DATA_DIR)
    ARENA_KEYRING = read_master_keys(_ENV, "ARENA_MASTER_KEYS", ARENA_DATA_DIR)
    ARENA_TRADING = read_choice(_ENV, "ARENA_TRADING", TRADING)
    ARENA_ROLE = read_choice(_ENV, "ARENA_ROLE", ROLES)
    ARENA_VENUE_KEYRING = read_venue_keys(_ENV, "ARENA_VENUE_MASTER_KEYS", ARENA_DATA_DIR, ARENA_ROLE)
    ARENA_TRIP_DRAWDOWN = read_int(_ENV, "ARENA_TRIP_DRAWDOWN", 25, 0, 100)
    ARENA_TRIP_UNKNOWN = read_int(_ENV, "ARENA_TRIP_UNKNOWN", 3, 0, 1000)
    ARENA_TRIP_STALE_S = read_int(_ENV, "ARENA_TRIP_STALE_S", 180, 0, 86400)
    OPENAI_COMPATIBLE_BASE_URL = read_text(_ENV, "OPENAI_COMPATIBLE_BASE_URL")
    know_secrets(_ENV, SECRET_KEY)
    DATABASES = {"default": read_database(_ENV, ARENA_DATA_DIR)}
    CSRF_TRUSTED_ORIGINS = read_list(_ENV, "CSRF_TRUSTED_ORIGINS", "")
    HTTPS = read_bool(_ENV, "HTTPS", default=False)
    check_together(
        runner=ARENA_RUNNER, redis_url=REDIS_URL, hosts=ALLOWED_HOSTS, secret_key=SECRET_KEY, debug=DEBUG
    )
    check_trading(
        trading=ARENA_TRADING,
        debug=DEBUG,
        https=HTTPS,
        host=ARENA_HOST,
        role=ARENA_ROLE,
        keyring=ARENA_VENUE_KEYRING,
    )
except SettingError as problem:
    sys.stderr.write(f"setting refused: {problem}\n")
    sys.exit(problem.code)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "accounts",
    "trading",
    "agents",
    "arena",
    "interfaces",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "interfaces.security.content_security_policy",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = ARENA_DATA_DIR / "static"
# Static files are served straight from the packages: no collectstatic step before the first page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# A listening socket is silent between versions; the client's own five seconds would cut it off.
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30}]},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    # Deny by default: a public endpoint says so itself.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "600/min"},
    "NUM_PROXIES": 0,
    "EXCEPTION_HANDLER": "interfaces.api.errors.problem_response",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "The Arena",
    "DESCRIPTION": "Seasons, rounds, standings, decisions and trades. Money is a decimal string.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "interfaces.api.openapi.ArenaSchemaGenerator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LOGIN_URL = "/admin/login/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"keys": {"()": "config.scrubbing.ScrubbingFilter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["keys"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"arena": {"level": "INFO"}},
}

# Keys are struck out of error reports by value, and hidden under more names than Django's own list has.
DEFAULT_EXCEPTION_REPORTER = "config.scrubbing.ScrubbingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.scrubbing.ScrubbingReporterFilter"

SILENCED_SYSTEM_CHECKS: list[str] = []
