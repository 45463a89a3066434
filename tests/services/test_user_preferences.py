"""How each person wants the pages."""

from __future__ import annotations

import zoneinfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import ForbiddenError, InvalidInputError
from backoffice.preferences import Density, Locale, Preferences, Theme, time_zones
from backoffice.services import user_preferences, user_sessions
from models import UserPreference
from tests.factories import acting_for, make_user
from tests.factories.acting import VISITOR

CHOSEN = {"time_zone": "Europe/Istanbul", "locale": "tr", "theme": "dark", "density": "compact"}


def test_who_chose_nothing_has_the_defaults(session: Session) -> None:
    user = make_user(session)
    token = user_sessions.start(session, user, acting=acting_for(user))
    found = user_sessions.find(session, token, VISITOR)
    assert found is not None
    assert found.preferences == Preferences() == user_preferences.of(session, user.id)
    assert found.preferences.zone == zoneinfo.ZoneInfo("UTC")


def test_what_was_chosen_comes_with_the_session(session: Session) -> None:
    """In the statement that finds the session, and for this person only."""
    user, other = make_user(session), make_user(session)
    token = user_sessions.start(session, user, acting=acting_for(user))
    user_preferences.save(session, **CHOSEN, acting=acting_for(user))
    found = user_sessions.find(session, token, VISITOR)
    assert found is not None
    assert found.preferences == Preferences(
        time_zone="Europe/Istanbul", locale=Locale.TR, theme=Theme.DARK, density=Density.COMPACT
    )
    assert found.preferences.zone.key == "Europe/Istanbul"
    assert user_preferences.of(session, other.id) == Preferences()


def test_saving_again_changes_the_one_row(session: Session) -> None:
    acting = acting_for(make_user(session))
    user_preferences.save(session, **CHOSEN, acting=acting)
    user_preferences.save(session, **(CHOSEN | {"locale": "de"}), acting=acting)
    user_preferences.set_appearance(session, theme="light", density=None, acting=acting)
    assert session.scalar(sa.select(sa.func.count()).select_from(UserPreference)) == 1
    assert acting.user_id is not None
    assert user_preferences.of(session, acting.user_id) == Preferences(
        time_zone="Europe/Istanbul", locale=Locale.DE, theme=Theme.LIGHT, density=Density.COMPACT
    )


def test_a_switch_may_be_the_first_thing_that_is_chosen(session: Session) -> None:
    acting = acting_for(make_user(session))
    user_preferences.set_appearance(session, theme=None, density="compact", acting=acting)
    assert acting.user_id is not None
    assert user_preferences.of(session, acting.user_id) == Preferences(density=Density.COMPACT)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "localtime"),
        ("locale", "xx"),
        ("theme", "pink"),
        ("density", "\x00"),
    ],
)
def test_what_is_on_no_list_is_refused(session: Session, field: str, value: str) -> None:
    acting = acting_for(make_user(session))
    with pytest.raises(InvalidInputError) as caught:
        user_preferences.save(session, **(CHOSEN | {field: value}), acting=acting)
    assert caught.value.field == field
    with pytest.raises(InvalidInputError):
        user_preferences.set_appearance(session, theme=None, density=None, acting=acting)


def test_the_system_has_no_preferences(session: Session) -> None:
    with pytest.raises(ForbiddenError):
        user_preferences.save(session, **CHOSEN, acting=Acting.system())


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    """The list is the world's, and an older machine may have an older one."""
    assert Preferences(time_zone="Mars/Olympus").zone.key == "UTC"
    assert Preferences(time_zone="/etc/passwd").zone.key == "UTC"


def test_the_zones_are_places_and_utc() -> None:
    assert {"UTC", "Europe/Istanbul", "America/New_York", "Asia/Tokyo"} <= set(time_zones())
    assert set(time_zones()) <= zoneinfo.available_timezones()
    assert not [name for name in time_zones() if name.startswith("Etc/")]
