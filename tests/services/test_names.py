"""Names are found in spite of a typo, by words that exist."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backoffice.services import names
from models import NameWord, SearchableName, UserProfile
from tests import factories as make


def meant(session, text):
    """The words that may be meant, for each typed word, the likeliest first."""
    return [sorted(one, key=lambda word: -one[word]) for one in names.meanings(session, text)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("jonh smtih", ["john", "smith"]),
        ("samsng", ["samsung"]),
        ("smasung", ["samsung"]),
        ("sansung", ["samsung"]),
        ("samsungg", ["samsung"]),
        ("SAMS", ["samsung"]),
        ("Muller", ["muller"]),
    ],
)
def test_a_word_is_found_by_its_beginning_and_with_one_typo(session, typed, name):
    for word in ("Samsung Galaxy", "Joan Small", "Jonas Smart", "Summer song"):
        make.make_product(session, name=word)
    make.make_user(session, first_name="John", last_name="Smith")
    make.make_user(session, first_name="Müller", last_name="Łoś")
    for found, wanted in zip(meant(session, typed), name, strict=True):
        assert wanted in [word for word in found if word not in names.words(typed)][:1] or wanted in names.words(typed)


def test_the_words_follow_the_name_and_nothing_else(session):
    """A write of other columns does not touch them."""
    product = make.make_product(session, name="Old lamp")
    kept = sa.select(SearchableName.words, sa.literal_column("xmin::text")).where(SearchableName.row_id == product.id)
    before = session.execute(kept).one()
    assert sorted(before.words) == ["lamp", "old"]
    product.stock_quantity += 1
    session.flush()
    assert session.execute(kept).one() == before
    product.name = "Neü chair, neü 2nd"
    session.flush()
    assert sorted(session.execute(kept).one().words) == ["2nd", "chair", "neu"]
    assert session.scalars(sa.select(NameWord.word).where(NameWord.word.in_(["neu", "2nd"]))).all() == ["neu"]


def test_a_company_without_a_name_has_no_words(session):
    vendor = make.make_vendor(session)
    profile = session.query(UserProfile).filter_by(user_id=vendor.id).one()
    assert session.get_one(SearchableName, profile.id).words == []


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="abcxyzÄÖÜéñß 0123456789-_'\"/|{}\\.,!?", max_size=60))
def test_words_and_trigrams_are_the_databases_own(engine, text):
    with engine.connect() as connection:
        found = connection.scalar(sa.select(sa.func.words_of(text)))
        assert sorted(found) == sorted(names.words(text))
        for word in found:
            made = connection.scalar(sa.select(sa.func.grams_of(word)))
            assert sorted(made) == sorted(set(names.grams(word)))


@settings(max_examples=200)
@given(word=st.text(alphabet="abcdefgh", min_size=4, max_size=12), data=st.data())
def test_one_typo_leaves_a_pattern_whole(word, data):
    """A letter wrong, too much, too few, or two swapped."""
    place = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("abcxyz"))
    typo = data.draw(
        st.sampled_from(
            [
                word[:place] + letter + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + word[place + 1 :],
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            ]
        )
    )
    assert any(pattern <= set(names.grams(word)) for pattern in names.patterns(typo))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80))
def test_junk_means_itself(engine, text):
    with Session(engine) as session:
        found = names.meanings(session, text.replace("\x00", ""))
    assert len(found) <= names.MAX_WORDS
