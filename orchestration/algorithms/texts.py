"""What a customer's words are about and how they feel, by a taxonomy of phrases.

A text comes in, codes go out, never words: nothing that is returned here quotes a text. Phrases are
the seed text_taxonomy's, French and English. How this compares with trained classifiers is measured
by tests/benchmarks/texts.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: What looks like a person's is taken out before anything else sees the text.
PERSONAL = re.compile(
    r"https?://\S+|www\.\S+"
    # addresses, also spaced (jean . dupont @ exemple . fr) or spelled (arobase exemple point fr)
    r"|[^\s@]+@[^\s@]+"
    r"|(?:[\w.+-]+ \. )*[^\s@]+ @ [\w-]+(?: ?\. ?\w+)+"
    r"|\S+ (?:arobase|\(at\)|\[at\]) [\w.-]+(?: (?:point|dot) \w+)*"
    r"|\S+[\[(]at[\])]\S+"
    r"|@\w+"
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"
    r"|\b[A-Za-z]{2}\d{2}(?:[ -]?\d{4}){3,7}(?:[ -]?\w{1,3})?\b"
    r"|[+(]?\d(?:[\s./()-]{0,3}\d){5,}"
)
WORD = re.compile(r"[a-z0-9]+")
PHRASE_WORD = re.compile(r"[a-z0-9]+\*?")
#: Where a clause ends, the reach of a negation does.
CLAUSE_END = re.compile(r"[.!?;:…\n]+")
#: Within so many words of its clause a negation turns a word of praise or blame round.
NEGATION_REACH = 3
NEGATIONS = frozenset(
    WORD.findall("pas jamais aucun aucune plus sans ni not no never without cannot t")
)
#: The commonest words that the other language lacks.
STOP_WORDS = {
    "fr": frozenset(
        WORD.findall(
            "le la les des un une du et est je il elle nous vous ne pas que qui dans pour sur au "
            "aux ce cette mon ma mes avec mais tres plus sont ai suis etre avoir bien"
        )
    ),
    "en": frozenset(
        WORD.findall(
            "the and is of to in it you that was for are with my i have not but this be from they "
            "very been how what can your has why when"
        )
    ),
}
PRAISE, BLAME, EMOTION = "praise", "blame", "emotion"
#: Of the kinds of codes, those that are said in complaint.
COMPLAINING = frozenset({"irritant", "switching_threat"})


@dataclass(frozen=True)
class Codes:
    """What a text says: the first code found of each kind, and the balance of praise and blame.

    `balance` lies in (-1, 1): the surplus of praise over the words of praise and blame and one.
    """

    language: str | None
    sentiment: str
    balance: float
    emotion: str | None
    by_kind: Mapping[str, str]


@dataclass(frozen=True)
class _Phrase:
    words: tuple[str, ...]
    kind: str
    code: str


@dataclass
class Taxonomy:
    """Phrases by their first word. A word that ends in `*` stands for all that begin so."""

    exact: dict[str, list[_Phrase]] = field(default_factory=dict)
    stems: dict[str, list[_Phrase]] = field(default_factory=dict)
    _seen: dict[str, tuple[_Phrase, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]]) -> Taxonomy:
        """From rows of the seed: phrase, code_kind, code. The order of rows doesn't matter.

        Raises ValueError for a phrase without a word.
        """
        found = cls()
        for row in rows:
            words = PHRASE_WORD.findall(plain(str(row["phrase"])))
            if not words:
                raise ValueError(f"a phrase without a word, of the code {row['code']}")
            phrase = _Phrase(tuple(words), str(row["code_kind"]), str(row["code"]))
            shelf = found.stems if words[0].endswith("*") else found.exact
            shelf.setdefault(words[0].rstrip("*"), []).append(phrase)
        return found

    def starting_with(self, word: str) -> tuple[_Phrase, ...]:
        """Phrases whose first word this is; remembered, as words repeat."""
        if word not in self._seen:
            stems = (self.stems.get(word[:end], []) for end in range(1, len(word) + 1))
            phrases = [*self.exact.get(word, []), *(phrase for shelf in stems for phrase in shelf)]
            phrases.sort(key=lambda phrase: (-len(phrase.words), phrase.words, phrase.code))
            self._seen[word] = tuple(phrases)
        return self._seen[word]

    def hits(self, words: Sequence[str]) -> list[tuple[int, _Phrase]]:
        """Each place in the text where a phrase stands, in reading order.

        Of a kind's phrases at one place the longest counts.
        """
        found = []
        for place, word in enumerate(words):
            taken: set[str] = set()
            for phrase in self.starting_with(word):
                if phrase.kind not in taken and _stands(phrase.words, words, place):
                    taken.add(phrase.kind)
                    found.append((place, phrase))
        return found


def _stands(phrase: tuple[str, ...], words: Sequence[str], place: int) -> bool:
    if place + len(phrase) > len(words):
        return False
    return all(
        words[place + step].startswith(part[:-1])
        if part[-1] == "*"
        else words[place + step] == part
        for step, part in enumerate(phrase)
    )


def scrub(text: str) -> str:
    """A text without addresses, numbers, handles and links; other words stay."""
    return PERSONAL.sub(" ", text)


def plain(text: str) -> str:
    """Lower case, without accents; œ and æ as two letters."""
    lower = text.lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


def words_of(text: str) -> list[str]:
    """The words of a text, plain, without what names people."""
    return WORD.findall(plain(scrub(text)))


def language_of(words: Iterable[str]) -> str | None:
    """`fr` or `en` by their commonest words; None where neither leads."""
    present = set(words)
    french, english = (len(present & STOP_WORDS[language]) for language in ("fr", "en"))
    if french == english:
        return None
    return "fr" if french > english else "en"


def codes_of(text: str, taxonomy: Taxonomy, language: str | None = None) -> Codes:
    """The codes of one text. `language` is the delivered one; without it the words tell."""
    words: list[str] = []
    by_kind: dict[str, str] = {}
    emotions: Counter[str] = Counter()
    praise = blame = 0
    for clause in CLAUSE_END.split(plain(scrub(text))):
        spoken = WORD.findall(clause)
        words += spoken
        for place, phrase in taxonomy.hits(spoken):
            is_turned = _is_turned(spoken, place)
            if phrase.kind in (PRAISE, BLAME):
                is_praise = (phrase.kind == PRAISE) != is_turned
                praise += is_praise
                blame += not is_praise
            elif is_turned and phrase.kind in (EMOTION, *COMPLAINING):
                continue
            elif phrase.kind == EMOTION:
                emotions[phrase.code] += 1
            else:
                by_kind.setdefault(phrase.kind, phrase.code)
                blame += phrase.kind in COMPLAINING
    balance = (praise - blame) / (praise + blame + 1)
    return Codes(
        language=language or language_of(words),
        sentiment="positive" if balance > 0 else "negative" if balance < 0 else "neutral",
        balance=balance,
        emotion=min(emotions, key=lambda code: (-emotions[code], code)) if emotions else None,
        by_kind=by_kind,
    )


def _is_turned(words: Sequence[str], place: int) -> bool:
    """A negation stands shortly before, and isn't what the phrase itself begins with."""
    before = words[max(0, place - NEGATION_REACH) : place]
    return words[place] not in NEGATIONS and not NEGATIONS.isdisjoint(before)
