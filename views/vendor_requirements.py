"""A vendor's checklist with its documents, and what was decided about the vendor as a whole (VEN-1 to VEN-3)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.errors import DomainError
from backoffice.permissions import Permission, Role
from backoffice.services import scope
from backoffice.services.vendors import documents
from models import VendorDecision, VendorDocument, VendorRequirement
from models.vendor_requirement import MOST_BYTES
from views.access import Access, Entity, Related
from views.base import EntityView
from views.current import acting, session
from views.ids import wanted_id

_VERDICT = ("decided_by", "decided_at", "refusal", "due_at")
_FILES = Related(noun="vendor_documents", via="requirement_id")

ENTITY = Entity(
    noun="vendor_requirements",
    model=VendorRequirement,
    label="Vendor checklists",
    singular="Requirement",
    group="People",
    note="vendor_id",
    access={
        Role.ADMIN: Access(
            columns=("kind", "vendor_id", "status", "answered_at", "due_at"),
            detail=("kind", "vendor_id", "status", "answer", "answered_by", "answered_at", *_VERDICT),
            filters=("status", "vendor_id", "created_at"),
            search=False,
            related=(_FILES,),
            history=True,
        ),
        Role.VENDOR: Access(
            columns=("kind", "status", "refusal", "due_at"),
            detail=("kind", "status", "answer", "answered_at", "refusal", "due_at"),
            search=False,
            export=None,
            related=(_FILES,),
            history=True,
        ),
    },
)
DOCUMENTS = Entity(
    noun="vendor_documents",
    model=VendorDocument,
    label="Vendor documents",
    singular="Document",
    group="People",
    access={
        Role.ADMIN: Access(
            columns=("file_name", "requirement_id", "vendor_id", "media_type", "size", "created_at"),
            detail=("file_name", "requirement_id", "vendor_id", "media_type", "size", "uploaded_by", "created_at"),
            filters=("vendor_id", "created_at"),
            search=False,
            export=None,
            in_menu=False,
        ),
        Role.VENDOR: Access(
            columns=("file_name", "requirement_id", "media_type", "size", "created_at"),
            search=False,
            export=None,
            in_menu=False,
        ),
    },
)
DECISIONS = Entity(
    noun="vendor_decisions",
    model=VendorDecision,
    label="Decisions about vendors",
    singular="Decision",
    group="People",
    access={
        Role.ADMIN: Access(
            columns=("vendor_id", "verdict", "reason", "decided_by", "created_at"),
            detail=("vendor_id", "verdict", "reason", "decided_by", "hold_id", "subscription_id", "effects",
                    "created_at"),
            filters=("vendor_id", "created_at"),
            search=False,
            in_menu=False,
        ),
    },
)  # fmt: skip


class RequirementView(EntityView):
    """The record page leads to the upload of a document."""

    extra_routes = {"upload_view": Permission.VENDORS_ANSWER}  # noqa: RUF012 - never changed

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:
        """The way to the upload, while the requirement waits for an answer."""
        requirement = scope.get_visible(session(), VendorRequirement, row_id, acting())
        able = requirement.status in documents.ANSWERABLE
        return [("Upload a document", self.get_url(".upload_view", id=row_id))] if able else []

    @expose("/upload/", methods=("GET", "POST"))
    def upload_view(self) -> str | Response | tuple[str, int]:
        """Choose a file; POST keeps it beside the requirement."""
        posted = request.method == "POST"
        requirement = scope.get_visible(session(), VendorRequirement, wanted_id(), acting(), lock=posted)
        kind, problem = requirement.kind, None
        if posted:
            try:
                self._keep(requirement)
            except DomainError as refusal:
                session().rollback()
                problem = refusal.message
            else:
                flash("The document is kept. Answer the requirement when nothing is missing.", "success")
                return redirect(self.get_url(".details_view", id=wanted_id()))
        page = self.render("vendors/upload.html", id=wanted_id(), kind=kind, problem=problem, most=MOST_BYTES)
        return page if problem is None else (page, 422)

    def _keep(self, requirement: VendorRequirement) -> None:
        sent = request.files.get("file")
        content = sent.stream.read(MOST_BYTES + 1) if sent is not None else b""
        name = sent.filename or "" if sent is not None else ""
        documents.attach(session(), requirement, file_name=name, content=content, acting=acting())
