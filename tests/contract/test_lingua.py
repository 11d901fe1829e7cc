"""What `mail.language` leans on in lingua."""

import pytest
from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(IsoCode639_1.DE, IsoCode639_1.EN, IsoCode639_1.FR)
    return builder.with_low_accuracy_mode().build()


@pytest.mark.parametrize("text", ["", "?", "123", "\x00", "\ud800", "Wo ist die Rechnung?", "x" * 10_000, "\U0001f44d"])
def test_every_language_is_ranked_best_first_whatever_the_text(detector: LanguageDetector, text: str) -> None:
    values = [value.value for value in detector.compute_language_confidence_values(text.replace("\ud800", "\ufffd"))]
    assert len(values) == 3
    assert values == sorted(values, reverse=True)
    assert all(0.0 <= value <= 1.0 for value in values)


def test_the_same_text_is_always_told_the_same_but_for_the_last_digits(detector: LanguageDetector) -> None:
    values = [detector.compute_language_confidence_values("Wo finde ich die Rechnung?")[0].value for _ in range(20)]
    assert values == pytest.approx([values[0]] * 20, abs=1e-9)


def test_a_lone_surrogate_is_refused_and_not_a_crash(detector: LanguageDetector) -> None:
    with pytest.raises(UnicodeEncodeError):
        detector.compute_language_confidence_values("\ud800")
