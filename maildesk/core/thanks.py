"""Recognises a mail that says nothing but thank you, so that gratitude does not reopen a ticket.

In doubt it is more than thanks: a ticket opened once too often costs less than a complaint nobody looks at.
"""

import re
from itertools import islice

_WORDS = frozenset(
    (
        "thanks thank you thx ty tks thks tnx tysm many much so very a lot great perfect super awesome cheers "
        "appreciated got it works "
        "now ok okay all good fine hi hello ciao dear for your the quick fast help support again best kind regards "
        "danke dank vielen herzlichen schön schoen sehr nochmals bestens prima passt alles klar gut funktioniert jetzt "
        "besten hallo für die schnelle hilfe ihre deine viele liebe grüße gruß mit "
        "freundlichen grüßen freundliche mfg lg vg "
        "merci beaucoup parfait bien vous à toi tout est bon ça marche bonjour pour votre aide cordialement "
        "gracias muchas perfecto muy genial todo bien hola por su ayuda saludos un saludo "
        "grazie mille perfetto tante molte ottimo tutto bene saluti cordiali "
        "bedankt dankjewel dankuwel hartelijk hartstikke fijn mooi je wel groet groeten "
        "obrigado obrigada muito perfeito tudo bem abraço "
        "dziękuję dzięki bardzo dziekuje dzieki pozdrawiam "
        "tack tusen mycket bra så hälsningar mange tak takk kiitos "
        "děkuji díky спасибо большое дякую ευχαριστώ teşekkürler teşekkür ederim "
        "谢谢 謝謝 ありがとうございます ありがとう"
    )
    .casefold()  # "ß" is compared as "ss".
    .split()
)
#: At least one of these must stand there: "ok" or "hello" alone is no thanks.
_CORE = frozenset(
    (
        "thanks thank thx ty tks thks tnx tysm cheers appreciated danke dank vielen merci gracias grazie bedankt "
        "dankjewel dankuwel "
        "obrigado obrigada dziękuję dziekuje dzięki dzieki tack mange takk kiitos děkuji díky спасибо дякую ευχαριστώ "
        "teşekkürler teşekkür 谢谢 謝謝 ありがとうございます ありがとう"
    ).split()
)
_LONGEST_WORDS = 16
#: What phones offer for a whole answer: hands, hearts, smiles and ticks, in any colour, and old-fashioned smileys.
_GESTURES = re.compile(
    "(?:[\\s!.\U0001f3fb-\U0001f3ff\ufe0f\u200d\U0001f44d\U0001f44c\U0001f64f\U0001f64c\U0001f44f\U0001f91d\U0001f4aa\u270c"
    "\U0001f917\U0001f600\U0001f603\U0001f604\U0001f601\U0001f60a\u263a\U0001f642\U0001f60d\U0001f970\U0001f60e\u2764\u2665"
    "\U0001f499-\U0001f49c\U0001f9e1\u2705\u2714\U0001f389]|[:;]-?\\)){1,40}"
)
#: A question, a number, a link or a "not" is more than thanks.
_VETO = re.compile(r"[?？\d#@]|\bnot\b|n['’]t\b|\bnicht\b|\bpas\b|\bno\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
#: "Thanks, Ann" and "Thanks!\nAnn Smith": at most so many capitalised words that follow, and never a new sentence.
_NAME_WORDS = 2
_NEW_SENTENCE = re.compile(r"[.!…][^\S\n]*\Z")


def is_thanks(visible_text: str) -> bool:
    """Tell whether the text only thanks: few words, all of them polite but for a name, no question; or a thumb up."""
    if _GESTURES.fullmatch(visible_text.strip()) and re.search(r"[^\s!.]", visible_text):
        return True
    # One word more than thanks may have is enough to know: most mails are longer.
    found = list(islice(_WORD.finditer(visible_text), _LONGEST_WORDS + 1))
    known = [word.group().casefold() for word in found]
    if not _CORE.intersection(known) or len(found) > _LONGEST_WORDS or _VETO.search(visible_text):
        return False
    unknown = [place for place, word in enumerate(known) if word not in _WORDS]
    return not unknown or _is_name(visible_text, found, unknown)


def _is_name(text: str, words: list[re.Match[str]], unknown: list[int]) -> bool:
    """Tell whether the unknown words are a name: together, capitalised, after other words of the same sentence."""
    first, last = unknown[0], unknown[-1]
    together = last - first + 1 == len(unknown) <= _NAME_WORDS
    capitalised = all(words[place].group()[0].isupper() for place in unknown)
    follows = first > 0 and not _NEW_SENTENCE.search(text[: words[first].start()])
    return together and capitalised and follows
