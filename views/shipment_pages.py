"""What parcels have beyond lists and records: proofs of delivery and how they are added (SHP-3), lists and labels."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, flash, redirect, request, send_file
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.security import requests
from backoffice.services import audit, delivery_proofs, scope, uploads
from models import DeliveryProof, Shipment
from models.delivery_proof import ProofKind
from views import cells
from views.actions import choice
from views.base import EntityView
from views.current import acting, form, session
from views.ids import parse_uuid, wanted_id
from views.records import reading
from views.shipping_papers import MOST, read
from views.shipping_pdf import KINDS

#: A photograph, and what a form has around it.
_REQUEST: Final = uploads.MOST_SENT + 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A proof as the record page shows it."""

    id: uuid.UUID
    kind: str
    at: cells.Cell


class ShipmentView(EntityView):
    """The record page shows the proofs of delivery, and logistics adds them; packing lists and labels are printed."""

    extra_routes = dict.fromkeys(("packing_view", "label_view"))
    papers = (("Packing list", "packing_view"), ("Label", "label_view"))

    def routes(self) -> dict[str, tuple[bool, Permission]]:
        """The upload where the panel moves parcels."""
        found = super().routes()
        moves = self.access.write is Permission.SHIPMENTS_MOVE
        if moves:
            requests.LARGER[f"{self.endpoint}.proof_view"] = _REQUEST
        return {**found, "proof_view": (moves, Permission.SHIPMENTS_MOVE)}

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:
        """Packing list and label, and the way to the upload."""
        moves = self.access.write is Permission.SHIPMENTS_MOVE
        upload = [("Add proof of delivery", self.get_url(".proof_view", id=row_id))] if moves else []
        return [*((text, self.get_url(f".{page}", rowid=row_id)) for text, page in self.papers), *upload]

    @expose("/packing/", methods=("GET", "POST"))
    def packing_view(self) -> Response:
        """What goes into the parcels, one page each."""
        return self._print("packing")

    @expose("/label/", methods=("GET", "POST"))
    def label_view(self) -> Response:
        """The labels of the parcels."""
        return self._print("label")

    def _print(self, kind: str) -> Response:
        """A file about the one parcel of the address, or those that were ticked; the audit log keeps who had it."""
        ids = self._chosen()
        if not ids:
            flash("Tick at least one row first.", "warning")
            return redirect(self.get_url(".index_view"))
        name, write = KINDS[kind]
        body = write(read(session(), ids, acting()))
        for one in dict.fromkeys(ids):
            audit.record(
                session(),
                audit.Event.EXPORTED,
                entity=Shipment.__tablename__,
                entity_id=one,
                acting=acting(),
                after={"panel": self.panel.role.value, "paper": kind},
            )
        headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
        return Response(body, mimetype="application/pdf", headers=headers)

    def of_tab(self, row_id: Any) -> dict[str, Any]:
        """The proofs of the parcel; their pictures are asked for one by one."""
        scope.get_visible(session(), Shipment, row_id, acting())
        found = delivery_proofs.of(session(), row_id)
        pictures = self.panel.views["delivery_proofs"].endpoint
        return {
            "proofs": [
                Picture(id=one.id, kind=one.kind.label, at=cells.time_cell(one.created_at, form())) for one in found
            ],
            "picture": lambda proof_id: self.get_url(f"{pictures}.content_view", id=proof_id),
            "about": lambda proof_id: self.get_url(f"{pictures}.details_view", id=proof_id),
        }

    def _chosen(self) -> list[uuid.UUID]:
        """The parcels of the address or the form; of all that match a filter no more than it takes to refuse them."""
        if request.form.get("matching"):
            found = choice.matching(self.listing, request.form.get("filter", "")).ids
            return list(session().scalars(found.where(self.access.scope(Shipment, acting())).limit(MOST + 1)))
        texts = request.values.getlist("rowid")
        if request.method == "GET" and not texts:
            abort(404)
        # A list ticks rows with the version that it shows.
        return [parse_uuid(text.partition(".")[0]) or abort(404) for text in texts]

    @expose("/proof/", methods=("GET", "POST"))
    def proof_view(self) -> str | Response | tuple[str, int]:
        """Choose a picture; POST keeps it with the parcel."""
        posted = request.method == "POST"
        parcel: Shipment = scope.get_visible(session(), Shipment, wanted_id(), acting(), lock=posted)
        name, problem = str(parcel), None
        if posted:
            try:
                self._keep(parcel)
            except DomainError as refusal:
                session().rollback()
                problem = refusal.message
            else:
                flash("The proof is kept with the parcel.", "success")
                return redirect(self.get_url(".details_view", id=wanted_id(), tab="proof"))
        page = self.render(
            "shipments/upload.html",
            id=wanted_id(),
            name=name,
            kinds=ProofKind,
            chosen=request.form.get("kind", ""),
            problem=problem,
            most=uploads.MOST_SENT,
        )
        return page if problem is None else (page, 422)

    def _keep(self, parcel: Shipment) -> None:
        wanted = request.form.get("kind", "")
        if wanted not in set(ProofKind):
            raise InvalidInputError("Say what the picture is of.", field="kind")
        sent = request.files.get("file")
        content = sent.stream.read(uploads.MOST_SENT + 1) if sent is not None else b""
        name = sent.filename or "" if sent is not None else ""
        delivery_proofs.attach(
            session(), parcel, kind=ProofKind(wanted), file_name=name, content=content, acting=acting()
        )


class ProofView(EntityView):
    """A proof leads to its picture."""

    extra_routes = {"content_view": None}  # noqa: RUF012 - never changed

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:
        """The picture."""
        return [("Picture", self.get_url(".content_view", id=row_id))]

    @expose("/content/")
    def content_view(self) -> Response:
        """The picture, which we drew ourselves; that somebody looked at it is noted (ACC-3)."""
        proof = scope.get_visible(session(), DeliveryProof, wanted_id(), acting())
        reading.note(session(), DeliveryProof, proof.id, ("content",), acting())
        return send_file(io.BytesIO(proof.content), mimetype=proof.media_type.value)
