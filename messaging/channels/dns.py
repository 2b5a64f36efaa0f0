"""What the DNS says of a name: TXT records, with a short time-out. Tests and trials give another ``Resolve``."""

from collections.abc import Callable

SECONDS = 3.0  # for one question, whatever servers must be tried

# name → its TXT records; none: []. Raises NoAnswer when nobody could tell.
Resolve = Callable[[str], list[str]]


class NoAnswer(Exception):
    """The DNS could not be asked: try again later; it says nothing about the record."""


def ask_txt(name: str) -> list[str]:
    import dns.exception  # a worker that sends mails need not carry it
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise NoAnswer(str(error)) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
