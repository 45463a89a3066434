"""Every request that somebody could make about rows that are not theirs, from the URL map and the table of access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule

from backoffice.permissions import Role
from tests.isolation.rows import UUID, Rows, all_ids, ids, one_id_each, texts
from views.access import PANEL_PERMISSIONS, Entity
from views.catalogue import ENTITIES
from views.columns import attribute_column, referred_model

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
#: Pages that are about no row, or about many; they answer, without anything foreign. Every other page of a panel must
#: say 404 when it is asked about a foreign row, so that a new page has to be careful by itself.
WITHOUT_ROW = frozenset(
    {"index", "index_view", "export", "ajax_lookup", "create_view", "static", "counts_view", "trend_view", "inbox_view",
     "filters_view", "settings_view", "views_view", "table", "import_view"}
)  # fmt: skip
_NOUNS = {entity.noun: entity for entity in ENTITIES}
#: A value that a path may need to lead anywhere.
_PATH_VALUES = {"export_type": "csv", "filename": "plain.css"}
#: Of how many other tables a row is asked about, on a page of an entity.
_OTHERS = 3
#: Stands for the id in a path.
_ID = "THE-ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request. `about` are the texts that it says itself and may therefore hear again."""

    method: str
    path: str
    endpoint: str
    routed: bool
    form: Sequence[tuple[str, str]] = ()
    about: frozenset[str] = field(default_factory=frozenset)


def panel_of(endpoint: str) -> Role | None:
    """The panel that an endpoint belongs to; None for pages outside the panels."""
    name = endpoint.partition(".")[0].partition("_")[0]
    return next((role for role in PANEL_PERMISSIONS if role.value == name), None)


def entity_of(endpoint: str) -> Entity | None:
    """The entity that a panel's endpoint is about."""
    return _NOUNS.get(endpoint.partition(".")[0].partition("_")[2])


def page_of(endpoint: str) -> str:
    """The page's own name, such as `details_view` or `act_approve`."""
    return endpoint.rpartition(".")[2]


def every(app: Flask, foreign: Rows, own: Rows, panel: Role) -> Iterator[Probe]:
    """Each URL rule of `panel` and of no panel with each verb; those of other panels with GET, POST and one in turn.

    Pages of `panel` that read are asked in full: about every row of their entity and, in turns, rows of some other
    tables; those that are about no entity about a row of each table. All others are asked about one row.
    """
    others = one_id_each(foreign)
    turns, verbs = cycle(others), cycle(VERBS)
    for rule in app.url_map.iter_rules():
        paths = _paths(app, rule)
        entity = entity_of(rule.endpoint)
        mine = ids(foreign, entity.model.__tablename__) if entity is not None else []
        some = mine or all_ids(foreign)[:1]
        here = panel_of(rule.endpoint) is panel
        for method in VERBS if here or panel_of(rule.endpoint) is None else ("GET", "POST", next(verbs)):
            read = method in {"GET", "POST"} and method in (rule.methods or ())
            in_full = here and read and page_of(rule.endpoint) not in WITHOUT_ROW
            strange = islice(turns, _OTHERS) if entity is not None else others
            for row_id in {*mine, *strange} if in_full else some if here and read else some[:1]:
                yield from _about_row(paths if read else paths[:1], rule, method, row_id)
        if entity is not None and panel_of(rule.endpoint) is panel:
            yield from _about_many(paths[0], rule, entity, foreign, own, panel)


def _about_row(paths: Sequence[str], rule: Rule, method: str, row_id: str) -> Iterator[Probe]:
    """The id in every place of the request in which an id could be read."""
    query = urlencode({"id": row_id, "rowid": row_id, "one": "1"})
    for path in paths:
        yield _probe(rule, method, f"{path.replace(_ID, row_id)}?{query}", _form(rule, row_id), {row_id})


def _about_many(path: str, rule: Rule, entity: Entity, foreign: Rows, own: Rows, panel: Role) -> Iterator[Probe]:
    """Searches, filters and pickers by foreign values, and what an action makes of them."""
    page, access = page_of(rule.endpoint), entity.access[panel]
    if page == "index_view":
        for query, about in _questions(entity, access.filters, foreign):
            yield _probe(rule, "GET", f"{path}?{query}", (), about)
    if page == "ajax_lookup":
        for name, model in _references(entity, (*access.filters, *access.create, *access.edit)):
            for text in ("", *_telling(foreign, model.__tablename__)):
                yield _probe(rule, "GET", f"{path}?{urlencode({'name': name, 'q': text})}", (), {text})
    if page.startswith("act_"):
        for number, (form, about) in enumerate(_batches(entity, access.filters, foreign, own)):
            yield _probe(rule, "POST", path, form, about)
            yield _probe(rule, "POST", path, [*form, ("client_key", f"{page}-{number}")], about)


def _batches(
    entity: Entity, filters: Sequence[str], foreign: Rows, own: Rows
) -> Iterator[tuple[list[tuple[str, str]], set[str]]]:
    """Ticked rows in which one's own hide a foreign one, and filters that only foreign rows match."""
    mine = ids(own, entity.model.__tablename__)
    for row_id in ids(foreign, entity.model.__tablename__):
        for mixed in ([*mine, row_id], [row_id, *mine]):
            yield [("rowid", one) for one in mixed], {row_id}
    for query, about in _questions(entity, filters, foreign):
        yield [("matching", "1"), ("filter", query)], about


def _questions(entity: Entity, filters: Sequence[str], foreign: Rows) -> Iterator[tuple[str, set[str]]]:
    """Each reference filter with each foreign id it could name; a search for each foreign id, and for its texts."""
    table = entity.model.__tablename__
    asked = [(f"f_{name}", ids(foreign, model.__tablename__)) for name, model in _references(entity, filters)]
    asked.append(("q", _telling(foreign, table) if entity.search else ids(foreign, table)))
    for name, values in asked:
        for value in values:
            yield urlencode({name: value}), {value}


def _telling(rows: Rows, table: str) -> list[str]:
    """The ids of a table's rows, and what is written in them."""
    words = sorted(text for text in texts({table: rows[table]}) if not UUID.search(text))
    return [*ids(rows, table), *words]


def _references(entity: Entity, names: Sequence[str]) -> Iterator[tuple[str, type]]:
    for name in dict.fromkeys(names):
        target = referred_model(attribute_column(entity.model, name))
        if target is not None:
            yield name, target


def _paths(app: Flask, rule: Rule) -> list[str]:
    """The address of the page; with arguments, one that leads somewhere and one in which they all are the id."""
    adapter = app.url_map.bind("127.0.0.1")
    if not rule.arguments:
        return [adapter.build(rule.endpoint)]
    good = {name: _PATH_VALUES.get(name, _ID) for name in rule.arguments}
    return [adapter.build(rule.endpoint, values) for values in (good, dict.fromkeys(rule.arguments, _ID))]


def _form(rule: Rule, row_id: str) -> list[tuple[str, str]]:
    """The id as if ticked, as if typed into every field of the entity's form, with a key that would submit."""
    entity, panel = entity_of(rule.endpoint), panel_of(rule.endpoint)
    form = [("rowid", row_id), ("one", "1"), ("row_version", "1"), ("note", "x"), ("client_key", f"one-{row_id}")]
    form += [("view", row_id), ("do", "delete")]
    if entity is not None and panel is not None:
        access = entity.access[panel]
        form += [(name, row_id) for name in {*access.create, *access.edit}]
    # A view of one's own that is called after a foreign id would tell that id on each later page.
    return [pair for pair in form if pair[0] != "name"] if page_of(rule.endpoint) == "views_view" else form


def _probe(rule: Rule, method: str, path: str, form: Sequence[tuple[str, str]], about: set[str]) -> Probe:
    return Probe(
        method=method,
        path=path,
        endpoint=rule.endpoint,
        routed=method in (rule.methods or ()),
        form=tuple(form) if method == "POST" else (),
        about=frozenset(about | {one[-8:] for one in about}),
    )
