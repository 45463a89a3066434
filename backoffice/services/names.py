"""Names in spite of typos: which words of names somebody may have meant by the words that were typed.

A typed word is compared by trigrams with the few hundred thousand distinct words of all names, not with millions of
names; these are then looked up by words that exist. The letters of a trigram are sorted, as `grams_of` of the database
does it, so that two swapped letters change two trigrams and not four.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

#: For each typed word the words that may be meant, each with how well it fits, from 0 to 1.
Meanings: TypeAlias = Sequence[Mapping[str, float]]

#: More words are not read: nobody types them, and each costs a look-up.
MAX_WORDS: Final = 4
_MAX_LETTERS: Final = 40
#: Shorter words are too alike to be guessed at.
_GUESSED_FROM: Final = 3
_SPLIT = re.compile(r"[\s!-/:-@\[-`{-~]+")
_MARKS = re.compile("[\u0300-\u036f]")
#: How much the beginning of a word is worth beside the word itself, and a likely word at most.
_BEGINNING: Final = 0.9
_LIKELY: Final = 0.8

_FIND = sa.text(
    """
    SELECT typed.position, found.word, found.fits
    FROM unnest(CAST(:words AS text[]), CAST(:patterns AS text[]), CAST(:grams AS text[]))
        WITH ORDINALITY AS typed (word, patterns, grams, position),
    LATERAL (
        (SELECT name_words.word, CASE WHEN name_words.word = typed.word THEN 1.0 ELSE :beginning END AS fits
        FROM name_words
        WHERE name_words.word >= typed.word COLLATE "C" AND name_words.word < typed.word || U&'\\+10FFFF' COLLATE "C"
        ORDER BY length(name_words.word), name_words.word LIMIT 15)
        UNION ALL
        (SELECT word, :likely * shared / (cardinality(grams) + cardinality(typed_grams) - shared) AS fits
        FROM (
            SELECT DISTINCT name_words.word, name_words.grams, string_to_array(typed.grams, '/') AS typed_grams,
                (SELECT count(*) FROM unnest(name_words.grams) AS gram
                WHERE gram = ANY (string_to_array(typed.grams, '/')))::float AS shared
            FROM unnest(string_to_array(typed.patterns, '|')) AS pattern
            JOIN name_words ON name_words.grams @> string_to_array(pattern, '/')
        ) AS likely
        ORDER BY fits DESC, word LIMIT 5)
    ) AS found
    WHERE found.fits >= :least
    """
)
#: Words that share fewer trigrams than this are others.
_LEAST: Final = 0.2


def words(text: str) -> list[str]:
    """The words of a text as `words_of` of the database makes them: lower case, no accents; in order, each once."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    return list(dict.fromkeys(word[:_MAX_LETTERS] for word in _SPLIT.split(plain) if word))


def grams(word: str) -> list[str]:
    """The trigrams of a word, in order, their letters sorted; equal ones more than once."""
    padded = f"  {word} "
    return ["".join(sorted(padded[place : place + 3])) for place in range(len(word) + 1)]


def patterns(word: str) -> Iterator[frozenset[str]]:
    """Sets of trigrams of which a word has at least one, when no more than one typo lies between it and `word`.

    A letter too much, too few or wrong changes up to three trigrams in a row; two letters in the wrong order change two
    with two between them. Of three letters no more than one that is missing is made good.
    """
    all_grams = grams(word)
    last = len(all_grams) - 1
    wide = 3 if len(word) > _GUESSED_FROM else 2
    changed = [set(range(place, place + wide)) for place in range(last + 2 - wide)]
    changed += [{place, place + 3} for place in range(last - 2)]
    for places in changed:
        yield frozenset(gram for place, gram in enumerate(all_grams) if place not in places)


def meanings(session: Session, text: str) -> Meanings:
    """What each word of `text` may mean, in one statement; a word that no name has means only itself."""
    typed = words(text)[:MAX_WORDS]
    found: list[dict[str, float]] = [{word: 1.0} for word in typed]
    rows = session.execute(
        _FIND,
        {
            "words": [word if len(word) > 1 else None for word in typed],
            "patterns": ["|".join(_written(pattern) for pattern in _guesses(word)) for word in typed],
            "grams": [_written(frozenset(grams(word))) for word in typed],
            "beginning": _BEGINNING,
            "likely": _LIKELY,
            "least": _LEAST,
        },
    )
    for position, word, fits in rows:
        one = found[position - 1]
        one[word] = max(float(fits), one.get(word, 0.0))
    return found


def fit(name: Sequence[str], wanted: Meanings) -> float:
    """How well the words of a name fit what was typed, from 0 to 1; shorter names first among equals."""
    held = frozenset(name)
    best = [max((fits for word, fits in one.items() if word in held), default=0.0) for one in wanted]
    return sum(best) / len(best) - len(held) / 1000


def _guesses(word: str) -> list[frozenset[str]]:
    """The patterns of a word that is long enough and has no digits, the other words being numbers and codes."""
    if len(word) < _GUESSED_FROM or any(letter.isdigit() for letter in word):
        return []
    return sorted({one for one in patterns(word) if len(one) > 1}, key=sorted)


def _written(some: frozenset[str]) -> str:
    """Trigrams as one text; neither separator is ever part of a word."""
    return "/".join(sorted(some))
