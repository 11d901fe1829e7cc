"""Words to the desk itself: exact phrases in eight languages, politely wrapped, and nothing that only sounds so."""

import pytest

from maildesk.core.words import MOST_NAMED, Word, find_naming, find_word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("status", Word.STATUS), ("Status?", Word.STATUS), ("STATUS!", Word.STATUS), ("#status", Word.STATUS),
        ("Status please", Word.STATUS), ("Hi, status? Thanks", Word.STATUS), ("statut", Word.STATUS),
        ("close", Word.CLOSE), ("Cancel.", Word.CLOSE), ("#CLOSE\n", Word.CLOSE),
        ("Please close the ticket.", Word.CLOSE),
        ("You can close this ticket, thanks!", Word.CLOSE), ("Solved", Word.CLOSE), ("SOLVED!!", Word.CLOSE),
        ("Solved, thank you very much.\n\nAnn Ames", Word.CLOSE), ("It’s solved 👍", Word.CLOSE),
        ("\u200eSolved", Word.CLOSE),
        ("It works now", Word.CLOSE), ("Great, it works now. Thanks!", Word.CLOSE),
        ("It's working again.", Word.CLOSE),
        ("resolved\n\nKind regards\nAnn", Word.CLOSE), ("Thanks, problem solved", Word.CLOSE),
        ("Erledigt", Word.CLOSE), ("Hat sich erledigt, danke!", Word.CLOSE), ("gelöst", Word.CLOSE),
        ("GELÖST!", Word.CLOSE),
        ("Es funktioniert wieder, vielen Dank\nMit freundlichen Grüßen\nAnn Ames", Word.CLOSE),
        ("Bitte schließen", Word.CLOSE),
        ("Résolu", Word.CLOSE), ("C’est résolu, merci beaucoup !", Word.CLOSE), ("Ça marche maintenant", Word.CLOSE),
        ("Resuelto", Word.CLOSE), ("Ya funciona, muchas gracias", Word.CLOSE), ("Solucionado", Word.CLOSE),
        ("Risolto", Word.CLOSE), ("È risolto, grazie mille", Word.CLOSE), ("Opgelost", Word.CLOSE),
        ("Het werkt weer, bedankt!", Word.CLOSE), ("Rozwiązane", Word.CLOSE), ("Już działa, dziękuję", Word.CLOSE),
        ("Resolvido", Word.CLOSE), ("Já funciona, obrigada", Word.CLOSE),
        ("stop", Word.STOP), ("STOP", Word.STOP), ("Unsubscribe", Word.STOP), ("Please remove me", Word.STOP),
        ("leave", Word.STOP), ("resume", Word.RESUME), ("Start", Word.RESUME), ("resume, please", Word.RESUME),
    ],
)  # fmt: skip
def test_whole_texts_that_ask_the_desk(text: str, word: Word) -> None:
    assert find_word(text, "Ann Ames") is word


@pytest.mark.parametrize(
    "text",
    [
        "", "Thanks", "Ann", "Hi", "?", "closed", "Solved?", "Close?", "It works now?", "not solved", "Not solved yet",
        "Solved, but it smokes", "It works now, but slowly", "Please close the door", "Close the window", "Stop it",
        "Stop the server", "Leave it", "Start the printer", "Cancel my order", "status closed", "#status closed",
        "#close\n\nPlease.", "#stop now", "Status of 1042", "close 1042", "solved @ last", "see http://solved", "done",
        "I will leave", "we solved it differently", "Ungelöst", "nicht gelöst", "Nicht erledigt", "pas résolu",
        "no resuelto", "non risolto", "niet opgelost", "não resolvido", "Bob: solved", "solved, Bob",
        "fixed it for Bob",
        "solved " * 40,
    ],
)  # fmt: skip
def test_texts_to_people(text: str) -> None:
    assert find_word(text, "Ann Ames") is None


@pytest.mark.parametrize(
    ("text", "people", "rest"),
    [
        ("add bob@x.test", ["bob@x.test"], ""),
        ("Add: bob@x.test.", ["bob@x.test"], ""),
        ("cc bob@x.test, carl@y.test", ["bob@x.test", "carl@y.test"], ""),
        ("CC: bob@x.test; BOB@x.test", ["BOB@x.test"], ""),
        ("Please add Bob Bone <bob@x.test> and carl@y.test to this ticket, thanks", ["bob@x.test", "carl@y.test"], ""),
        ("#cc bob@x.test", ["bob@x.test"], ""),
        ("Add bob@x.test<mailto:bob@x.test>", ["bob@x.test"], ""),
        ("add bob@x.test\n\nHe knows the printer.", ["bob@x.test"], "He knows the printer."),
    ],
)
def test_lines_that_name_colleagues(text: str, people: list[str], rest: str) -> None:
    naming = find_naming(text)
    assert naming is not None
    assert ([p.address for p in naming.people], naming.rest) == (people, rest)


@pytest.mark.parametrize(
    "text",
    [
        "add", "add Bob", "add paper", "add the printer of bob@x.test", "address bob@x.test", "bob@x.test",
        "I add bob@x.test", "please add toner, says bob@x.test", "additional bob@x.test", "Hello\nadd bob@x.test",
    ],
)  # fmt: skip
def test_lines_that_name_nobody(text: str) -> None:
    assert find_naming(text) is None


def test_so_many_and_no_more_are_named() -> None:
    naming = find_naming("add " + " ".join(f"p{n}@x.test" for n in range(50)))
    assert naming is not None and len(naming.people) == MOST_NAMED


@pytest.mark.parametrize("text", ["please " * 5000, "a" * 100000, "add " + "a@" * 20000, "add " + "<" * 20000 + "@"])
def test_long_texts_take_no_time(text: str) -> None:
    assert find_word(text) is None
    find_naming(text)
