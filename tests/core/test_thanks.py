"""Thanks alone, in many languages; and everything that only begins like it."""

import pytest

from maildesk.core.thanks import is_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Thanks", "Thanks!", "thank you", "Thank you very much.", "Many thanks!!", "thx", "THANKS A LOT", "Cheers",
        "Thanks, Ann", "Thanks Ann", "Thanks!\nAnn", "Thanks!\n\nAnn Ames", "Hi Tia, thanks", "Hello Tia,\nthank you!",
        "Great, it works now. Thanks!", "Perfect, thank you so much for the quick help", "Ok thanks", "Thanks 🙏 👍",
        "Thank you!\n\nBest regards\nAnn Ames", "Thanks for your support",
        "Danke!", "Vielen Dank", "Vielen herzlichen Dank für die schnelle Hilfe!", "Danke, Ann", "Passt, danke",
        "Danke schön!\n\nViele Grüße\nJürgen", "Vielen Dank\nMit freundlichen Grüßen\nJürgen Groß",
        "Merci", "Merci beaucoup !", "Merci pour votre aide", "Gracias", "Muchas gracias por su ayuda",
        "Grazie mille", "Bedankt!", "Hartelijk bedankt", "Dank je wel", "Obrigado!", "Muito obrigada",
        "Dziękuję bardzo", "Tack så mycket", "Mange tak", "Takk", "Kiitos", "Děkuji", "Спасибо большое",
        "Ευχαριστώ", "Teşekkürler", "谢谢！", "ありがとうございます",
        # As phones write it.
        "👍", "👍🏽", "🙏🙏", "👍!", "❤️", ":)", "✅ 👍", "Thx 👍", "ty!", "Tks", "Tysm!!", "ok thx", "Thx, Ann",
        "Ok, thanks 🙂", "\u200eThanks\xa0so much", "Thanks :-)",
    ],
)  # fmt: skip
def test_thanks_alone(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "!", "👎", "😡", "👍 but", "👍?", "❌", "Ok", "Hello", "It works now", "Great!",
        "Thanks, but it still fails", "Thanks, still broken", "Thanks. Still broken", "Thanks! Broken.",
        "Thank you, it does not work", "Thanks, it doesn't work", "Thanks, doesn’t work", "thanks but no",
        "Thanks, please reopen", "thanks ann", "Thanks. When will it be ready?", "Thanks. Call me on 555",
        "Thanks, see https://status.test", "Thanks. Please write to bob@client.test", "Thanks, now printer 2 smokes",
        "Thanks, Ann, for nothing", "No thanks", "Broken, thanks", "Printer, thanks",
        "Danke, aber es geht nicht", "Danke, leider klappt es immer noch nicht", "Danke, Drucker raucht wieder",
        "Merci, mais ça ne marche pas", "Merci, toujours en panne", "Gracias, pero sigue igual",
        "Grazie, ma non funziona", "Bedankt, maar het werkt niet", "Obrigado, mas não funciona", "Tack, men nej",
        "Dziękuję, ale nadal nie działa", "Спасибо, но не работает",
        "Thanks " * 20, "Thanks\n" + "It fails. " * 20,
    ],
)  # fmt: skip
def test_more_than_thanks(text: str) -> None:
    assert not is_thanks(text)
