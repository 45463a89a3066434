"""The four panels: one Flask-Admin instance a role, made from the table of access."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Theme

from backoffice.money import format_amount
from backoffice.permissions import Role
from backoffice.security import requests, rules
from backoffice.services.reports import types as report_types
from views.access import PANEL_PERMISSIONS, Entity
from views.base import EntityView
from views.bell import Bell
from views.board import ShipmentBoard
from views.catalogue import ENTITIES, GROUPS
from views.cells import TONE_LOOKS
from views.change_requests import ChangeRequestView
from views.dispute_page import DisputeView
from views.exports import Exports
from views.figures import FiguresPage
from views.home import PanelHome
from views.inbox import reading
from views.kept_files import KeptFileView
from views.operations import OperationView
from views.own_reports import OwnReports
from views.palette.pages import Palette
from views.panel import Panel
from views.panel_page import PanelPage
from views.payouts import PayoutView
from views.profile import Profile
from views.review.pages import ReviewMode
from views.scan.pages import ScanMode
from views.shipment_pages import ProofView, ShipmentView
from views.tray import Tray
from views.vendor_page import VendorView
from views.vendor_requirements import RequirementView
from views.view_as import UserView
from views.workbench import Workbench

NAMES = {
    Role.ADMIN: "Administration",
    Role.FINANCE: "Finance",
    Role.LOGISTICS: "Logistics",
    Role.VENDOR: "Vendor",
}
#: Nothing of Flask-Admin's own templates is used: a folder that it does not have leaves only `templates/admin/`.
THEME = Theme(folder="tabler", base_template="admin/base.html")
#: Entities whose pages are more than a list, a record and a form.
_SPECIAL: dict[str, type[EntityView]] = {
    "operations": OperationView,
    "payouts": PayoutView,
    "delivery_proofs": ProofView,
    "dispute_attachments": KeptFileView,
    "disputes": DisputeView,
    "product_changes": ChangeRequestView,
    "shipments": ShipmentView,
    "vendor_profiles": VendorView,
    "users": UserView,
    "vendor_documents": KeptFileView,
    "vendor_requirements": RequirementView,
}
#: Pages that only one role has, each with its group in the menu.
_OF_ROLE: dict[Role, tuple[tuple[str, type[PanelPage]], ...]] = {
    Role.ADMIN: (("Work", ReviewMode),),
    Role.FINANCE: (("Money", Workbench),),
    Role.LOGISTICS: (("Work", ShipmentBoard), ("Work", ScanMode)),
}


def register(app: Flask) -> dict[Role, Panel]:
    """Add the four panels to the application, with a rule for every route they have."""
    panels = {role: _panel(app, role) for role in PANEL_PERMISSIONS}
    app.extensions["panels"] = panels
    app.jinja_env.globals["money"] = format_amount
    app.jinja_env.globals["tone_looks"] = TONE_LOOKS
    return panels


def _panel(app: Flask, role: Role) -> Panel:
    panel = Panel(role=role, name=NAMES[role])
    admin = Admin(
        app,
        name=panel.name,
        url=panel.path,
        endpoint=role.value,
        index_view=PanelHome(panel),
        theme=THEME,
        csp_nonce_generator=requests.nonce,
    )
    for page in ("index", "counts_view", "trend_view", "inbox_view"):
        rules.allow("GET", f"{role.value}.{page}", PANEL_PERMISSIONS[role])
    for group, page in _OF_ROLE.get(role, ()):
        _add_page(admin, page(panel))
        panel.add_to_menu(GROUPS, group, page.label, page.noun)
    own = [Exports(panel), FiguresPage(panel)]
    if report_types.of(role):
        own.append(OwnReports(panel))
    for page in (Profile(panel), Tray(panel), Bell(panel), Palette(panel), *own):
        _add_page(admin, page)
    for entity in ENTITIES:
        if role in entity.access:
            _add(admin, panel, entity)
    for page in own:
        panel.add_to_menu(GROUPS, "Work", page.name, page.noun)
    panel.counted = frozenset(queue.noun for queue in reading.menu(panel))
    return panel


def _add_page(admin: Any, view: Any) -> None:
    """A view with its rules."""
    admin.add_view(view)
    for method, endpoint, permissions in view.rules():
        rules.allow(method, endpoint, permissions)


def _add(admin: Any, panel: Panel, entity: Entity) -> None:
    """One entity's view, its rules and its place in the menu."""
    access = entity.access[panel.role]
    view = _SPECIAL.get(entity.noun, EntityView)(entity, access, panel)
    panel.add_view(view)
    _add_page(admin, view)
    if access.in_menu:
        panel.add_to_menu(GROUPS, entity.group, entity.label, entity.noun)
