"""Flask's settings, derived from the configuration."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from backoffice.config import Config

#: What one request may carry.
MEGABYTES = 2
_MEGABYTE = 1024 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def settings(config: Config) -> dict[str, Any]:
    """What Flask, Flask-SQLAlchemy and Flask-WTF read. Cookies are set by `security.sessions`."""
    return {
        "SECRET_KEY": config.secret_key,
        "SECRET_KEY_FALLBACKS": list(config.secret_key_fallbacks),
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "TRUSTED_HOSTS": trusted_hosts(config),
        "STRIPE_WEBHOOK_SECRETS": config.stripe_webhook_secrets,
        "CARRIER_WEBHOOK_SECRETS": config.carrier_webhook_secrets,
        "STRIPE_LIVE": config.stripe_live,
        "ANALYTICS_KEYS": config.analytics_keys,
        # Files of imports may have 1.5 MB (`services.imports.limits`); 500 ticked rows are 25 kB. Pages that take
        # photographs are in `security.requests.LARGER`.
        "MAX_CONTENT_LENGTH": MEGABYTES * _MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": _MEGABYTE,
        "MAX_FORM_PARTS": 1000,
        # A form is as good as the session it was made in, which ends by itself.
        "WTF_CSRF_TIME_LIMIT": None,
        "PREFERRED_URL_SCHEME": urlsplit(config.public_url).scheme,
    }


def trusted_hosts(config: Config) -> list[str]:
    """The names this application answers to: the public one and loopback (c29)."""
    public = urlsplit(config.public_url).hostname or ""
    return list(dict.fromkeys((f"[{public}]" if ":" in public else public, *_LOOPBACK)))
