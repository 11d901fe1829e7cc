"""Tells in which language a person wrote, so that the desk can answer them in it. Called by `read`.

In doubt it tells nothing: the desk's own language is a better answer than a wrong one. Two words, a name, a log or a
pasted error message are no evidence. It must never look at quoted text: the caller hands over what was typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

#: What help desks of the world are written to in. More than there are templates for: a Dane must not be taken for a
#: German only because nobody knows Danish. Every further language costs memory and makes short texts less sure.
_LANGUAGES = (
    "ar bg ca cs da de el en es et fa fi fr he hr hu id it ja ko lt lv nb nl pl pt ro ru sk sl sr sv th tr uk vi zh"
).split()
#: Tags for the same language: deprecated ones, and Norwegian without a written standard.
_SAME = {"no": "nb", "iw": "he", "in": "id"}
#: Mail programs declare the language they themselves speak, and most of them speak English: says nothing.
_SPOKEN_BY_PROGRAMS = "en"

#: Letters that only one of these languages uses; `zh` stands for Japanese as well, which adds kana.
_SCRIPTS = {
    "ko": re.compile(r"[\uac00-\ud7a3]"),
    "zh": re.compile(r"[\u4e00-\u9fff\u3041-\u309f\u30a1-\u30ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "th": re.compile(r"[\u0e01-\u0e4e]"),
}
_KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30ff]")
#: Chinese advertisements borrow a kana or two.
_KANA_SHARE = 0.1
_SCRIPT_LETTERS = 4
_SCRIPT_SHARE = 0.3

#: How much is looked at, in characters: the first sentences tell, and the time grows with the length.
_READ_CHARS = 600
_TOLD_CHARS = 160
_SUBJECT_CHARS = 500
#: A body shorter than this many words is read together with the subject.
_SHORT_WORDS = 12

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_AROUND_WORDS = ".,;:!?…¡¿()\"'«»„“”‚‘’*"
_QUOTED = re.compile(r"[\"“„«‚‘]\s?[^\"“”„«»‚‘’\n]{8,200}[\"”“»’]")
#: A greeting up to the names, and the names.
_GREETED = re.compile(r"(?m)^(\w+(?: [^\W\dA-Z]\w*){0,2})(?: [A-Z]\w*){1,3}[,!:]?$")
#: Lines by which programs say what happened to them, and what was typed at a prompt.
_MACHINE_LINE = re.compile(
    r"\s*(?:[>$#%|]|Traceback \(|File \"|at [\w.$]+\(|Caused by:|[\w.]*(?:Error|Exception)\b\s*:|\S+[:@]\S*[$#] )"
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """What a text must reach to tell a language: words without capital, letters, and how sure the library is."""

    words: int
    letters: int
    sureness: float


#: Counted are words that begin with no capital, and they must be a third: names, products and
#: signatures have none.
_ALONE = _Bar(words=3, letters=20, sureness=0.9)
#: The mail program declares the same language.
_AGREED = _Bar(words=2, letters=12, sureness=0.5)
#: A declared language decides between neighbours, such as Danish and Norwegian, from this sureness on.
_POSSIBLE = 0.3


def find_language(text: str, declared: str | None, subject: str = "") -> str | None:
    """Return the primary tag (ISO 639-1) of the language of what somebody typed, None when it cannot be told.

    `declared`: primary tag of Content-Language (RFC 3282 §2), which only lowers the bar for that very language.
    `subject`: as typed by the same person; empty when it was taken over from another mail.
    """
    typed = unicodedata.normalize("NFC", text[:_READ_CHARS])
    words = _told_words(typed)
    if subject and len(words) < _SHORT_WORDS:
        heading = unicodedata.normalize("NFC", subject[:_SUBJECT_CHARS])
        typed, words = f"{heading}\n{typed}", [*_plain_words(heading), *words]
    return _by_script(typed) or _by_words(words, _SAME.get(declared or "", declared))


def _by_script(typed: str) -> str | None:
    if typed.isascii():
        return None
    letters = sum(map(str.isalpha, typed))
    for language, script in _SCRIPTS.items():
        found = len(script.findall(typed))
        if found >= max(_SCRIPT_LETTERS, _SCRIPT_SHARE * letters):
            is_japanese = language == "zh" and len(_KANA.findall(typed)) > _KANA_SHARE * found
            return "ja" if is_japanese else language
    return None


def _by_words(words: list[str], declared: str | None) -> str | None:
    if not _reaches(_AGREED, words):
        return None
    ranked = _detector().compute_language_confidence_values(" ".join(words)[:_TOLD_CHARS])
    # Rounded, because the library adds up in any order and the last digits change from run to run.
    sureness = {value.language.iso_code_639_1.name.lower(): round(value.value, 6) for value in ranked[:3]}
    best = next(iter(sureness))
    agreed = declared if declared != _SPOKEN_BY_PROGRAMS and sureness.get(declared or "", 0.0) >= _POSSIBLE else None
    if agreed and (_reaches(_ALONE, words) or sureness[agreed] >= _AGREED.sureness):
        return agreed
    return best if sureness[best] >= _ALONE.sureness and _reaches(_ALONE, words) else None


def _reaches(bar: _Bar, words: list[str]) -> bool:
    different = set(words)
    uncapitalised = sum(not word[0].isupper() for word in different)
    return uncapitalised >= max(bar.words, len(different) / 3) and sum(map(len, different)) >= bar.letters


def _told_words(typed: str) -> list[str]:
    """Return the words of the person: without what they quote or announce with a colon, unless it is nearly all."""
    lines = [line for line in typed.split("\n") if not _MACHINE_LINE.match(line)]
    own = [line for before, line in zip(["", *lines], lines, strict=False) if not before.rstrip().endswith(":")]
    words = _plain_words(_QUOTED.sub(" ", "\n".join(own)))
    return words if _reaches(_ALONE, words) else _plain_words("\n".join(lines))


def _plain_words(text: str) -> list[str]:
    """Return what is nothing but a word: no address, path, number, code or abbreviation, nor the name greeted."""
    tokens = (token.strip(_AROUND_WORDS) for token in _GREETED.sub(r"\1", text).split())
    words = [token for token in tokens if _WORD.fullmatch(token)]
    # Who writes everything in capitals means words by them.
    if words and all(word.isupper() for word in words):
        return [word.lower() for word in words]
    return [word for word in words if len(word) == 1 or not word.isupper()]


@cache
def _detector() -> LanguageDetector:
    # High accuracy takes ten times the memory (700 MB), more than the parsing child may have; loading every model at
    # once starts threads, whose address space counts against its limit too.
    codes = (getattr(IsoCode639_1, language.upper()) for language in _LANGUAGES)
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    return builder.with_low_accuracy_mode().build()
