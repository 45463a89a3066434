"""Names as people search them: the words of each name, and every word with its trigrams, so that typos find it."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum
from models.base import PII, UUID_DEFAULT, Base, enum_column, uuid7

#: Words of any script are compared byte by byte, as their index is.
_WORD = sa.String(40, collation="C")


class NameKind(LabelledEnum):
    """What has the name."""

    PRODUCT = "product"
    PERSON = "person"
    COMPANY = "company"
    CATEGORY = "category"
    SHIPPING_METHOD = "shipping_method"
    PLAN = "plan"


class SearchableName(Base):
    """The words of the name of one row, beside its table so that only a write of the name pays for it.

    Kept by triggers (`keep_name`) alone. No foreign key, because rows of several tables are here.
    """

    __tablename__ = "searchable_names"
    __table_args__ = (
        # Products are most of the names; a search for people does not read them.
        sa.Index(
            "ix_searchable_names_products",
            "words",
            postgresql_using="gin",
            postgresql_where=sa.text("kind = 'product'"),
        ),
        sa.Index(
            "ix_searchable_names_others",
            "words",
            postgresql_using="gin",
            postgresql_where=sa.text("kind <> 'product'"),
        ),
    )

    row_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[NameKind] = enum_column(NameKind)
    words: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PII)


class NameWord(Base):
    """A word of three letters or more that some name has or had, with its trigrams; it leads to nobody by itself.

    Two transactions may both add a word: a row twice is harmless, waiting for each other would not be.
    """

    __tablename__ = "name_words"
    __table_args__ = (
        sa.Index("ix_name_words_word", "word"),
        sa.Index("ix_name_words_grams", "grams", postgresql_using="gin"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7, server_default=UUID_DEFAULT)
    word: Mapped[str] = mapped_column(_WORD, info=PII)
    grams: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PII)
