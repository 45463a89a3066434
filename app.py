"""The WSGI entry point; nothing imports it."""

from backoffice.factory import create_app

app = create_app()
