"""What this project leans on in `icalendar`: lines unfolded and taken apart one by one, and linear time on bad ones."""

import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar.parser import Contentlines
from icalendar.prop import vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON


def test_lines_are_unfolded_and_taken_apart():
    lines = Contentlines.from_ical('SUMMARY;CN="a;b,c":one\r\n  two\\, \\nthree\r\nORGANIZER;X=1,2:mailto:a@x.test\r\n')
    name, parameters, value = lines[0].parts()
    assert (name, dict(parameters), value) == ("SUMMARY", {"CN": "a;b,c"}, "one two, \nthree")
    assert lines[1].parts()[1]["X"] == ["1", "2"]


@pytest.mark.parametrize("line", ["no colon", ":value", ";", "A;B", "A;=1:x", 'A;B="open:x'])
def test_a_bad_line_is_a_value_error_or_parts(line: str):
    try:
        name, _, value = Contentlines.from_ical(line)[0].parts()
    except ValueError:
        return
    assert isinstance(name, str) and isinstance(value, str)


@pytest.mark.parametrize(
    "text",
    ["\r\n" * 120_000, "A" + ";a=b" * 50_000 + ":x", 'A;a="' + '"' * 200_000 + ":x", "A;a=" + " " * 200_000 + ":x",
     "A:" + "\\" * 200_000, "A:x" + "\r\n " * 80_000, "A;a=" + "," * 200_000 + ":x"],
)  # fmt: skip
def test_time_is_linear(text: str):
    began = time.process_time()
    for line in Contentlines.from_ical(text)[:5]:
        try:
            line and line.parts()
        except ValueError:
            continue
    assert time.process_time() - began < 3


@pytest.mark.parametrize("text", ["", "P", "soon", "P999999999999999D"])
def test_a_bad_duration_is_a_value_error_or_nothing(text: str):
    try:
        assert vDuration.from_ical(text) == timedelta(0)
    except ValueError:
        return


def test_zones_of_windows_are_zones_of_the_world():
    assert WINDOWS_TO_OLSON["W. Europe Standard Time"] == "Europe/Berlin"
    assert all(ZoneInfo(name) for name in WINDOWS_TO_OLSON.values())
