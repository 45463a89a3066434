"""The composition root: puts configuration, database, sign-in, panels and error pages together."""

from __future__ import annotations

import os

from werkzeug.middleware.proxy_fix import ProxyFix

from backoffice import logs, queue
from backoffice.config import Config
from backoffice.database import db
from backoffice.factory import assets, errors
from backoffice.factory.application import Application
from backoffice.factory.settings import settings
from backoffice.gateways.files import LocalFiles
from backoffice.security import headers, requests, rules, sessions
from views import analytics, health, panels, sign_in, view_as, webhooks

NEEDED = frozenset({"redis_url", "secret_key"})


def create_app(config: Config | None = None) -> Application:
    """The WSGI application. Reads the environment when no configuration is given; raises `ConfigError`."""
    if config is None:
        config = Config.from_environment(os.environ, need=NEEDED)
    logs.setup()
    app = foundation(config)
    panels.register(app)
    return app


def foundation(config: Config) -> Application:
    """The application without its panels: settings, transactions, sign-in, rules, headers and error pages."""
    app = Application(
        "backoffice", template_folder="../templates", static_folder="static", static_url_path=assets.path()
    )
    app.config.update(settings(config))
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.extensions["files"] = LocalFiles(config.files)
    queue.configure(config.redis_url)
    db.init_app(app)
    # In this order: an id for the log, then the form's token, then who it is and whether they may.
    requests.init_app(app)
    sign_in.protect_forms(app)
    sessions.init_app(app, config)
    rules.init_app(app)
    headers.init_app(app, config)
    errors.init_app(app)
    assets.init_app(app)
    sign_in.register(app)
    view_as.register(app)
    health.register(app)
    webhooks.register(app)
    analytics.register(app)
    return app
