"""A seeded mutator: the same inputs on every machine. Used by both drivers where no coverage guides them."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

#: Longer inputs teach nothing that shorter ones do not.
MOST_BYTES = 20_000

#: What parsers of mail listen to.
TOKENS = (
    *(
        token.encode()
        for token in (
            "\r\n|\n\n|\r|\0|\ufeff|\u202e|\ufb01\u2028\u00ad|=?utf-8?q?=00?=|=?utf-8?b?|?=|=\r\n|=0A|--b|--b--|"
            "boundary=|Content-Type: |Content-Transfer-Encoding: base64\n\n|multipart/mixed; boundary=b|text/html|"
            "message/rfc822|filename*=utf-16''%|charset=utf-7|charset=|From: |From |To: |Subject: |<a@b.test>|<>|@|\"|"
            "(|)|<|>|&#x|<!--|<p |style=|javascript:|[#1]|ref:r|md.r|begin 644 x\n|-----BEGIN PGP MESSAGE-----\n|> |"
            "-- \n|wrote:\n|DTSTART:|BEGIN:VEVENT\n|RRULE:FREQ=SECONDLY;COUNT=999999999|Final-Recipient: rfc822;|"
            "Status: 5.|dmarc=pass|; none|header.from=|{\\rtf1|\\'|\\bin999999|#close |&a *a|!!|: "
        ).split("|")
    ),
    *(bytes.fromhex(octets) for octets in ("ff", "1b2442", "d800", "789f3e22", "ffffff7f")),
    b"9" * 30,
    b"A" * 300,
    b"((((" * 30,
)


class Mutator:
    """Makes inputs out of seeds: `make` gives the next one, for ever."""

    def __init__(self, seed: str, inputs: Sequence[bytes]) -> None:
        self._random = Random(seed)
        self._inputs = tuple(inputs) or (b"",)
        self._steps: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._cut, self._insert_token, self._insert_token, self._repeat, self._splice, self._scramble
        )  # fmt: skip

    def make(self) -> bytes:
        """Return the next input: a seed that went through one to six changes."""
        data = self._random.choice(self._inputs)
        for _ in range(self._random.randint(1, 6)):
            data = self._random.choice(self._steps)(data)
        return data[:MOST_BYTES]

    def _span(self, data: bytes, most: int = 64) -> tuple[int, int]:
        start = self._random.randint(0, len(data))
        return start, min(len(data), start + self._random.randint(0, most))

    def _flip(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self._random.randint(1, 8)):
            if changed:
                changed[self._random.randrange(len(changed))] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def _cut(self, data: bytes) -> bytes:
        start, end = self._span(data, most=len(data))
        return data[:start] + (data[end:] if self._random.random() < 0.7 else b"")

    def _insert_token(self, data: bytes) -> bytes:
        start, end = self._span(data, most=4)
        return data[:start] + self._random.choice(TOKENS) + data[end:]

    def _repeat(self, data: bytes) -> bytes:
        start, end = self._span(data)
        return data[:start] + data[start:end] * self._random.choice((2, 3, 20, 200)) + data[end:]

    def _splice(self, data: bytes) -> bytes:
        other = self._random.choice(self._inputs)
        return data[: self._span(data)[0]] + other[self._span(other)[0] :]

    def _scramble(self, data: bytes) -> bytes:
        start, end = self._span(data)
        return data[:start] + self._random.randbytes(end - start) + data[end:]


def mutations(name: str, inputs: Sequence[bytes], seed: int = 0) -> Iterator[bytes]:
    """Yield the seeds as they are, then mutations without end."""
    yield from inputs
    mutator = Mutator(f"{name} {seed}", inputs)
    while True:
        yield mutator.make()
