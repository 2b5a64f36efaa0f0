"""The archive of letters as they were sent: each is kept as what it adds to the pattern of its content."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from messaging.models import BodyPattern
from messaging.models.messages import BETWEEN
from messaging.rendering import RenderedMail
from shelf import links
from shelf.folding import Folder


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern's row, and what folds letters by it."""

    pk: int
    folder: Folder

    def fold(self, mail: RenderedMail) -> bytes:
        """Without the tokens of its links: nobody who reads the archive comes in by them."""
        return self.folder.fold(links.mask(f"{mail.html}{BETWEEN}{mail.text}"))


def patterns_of(texts: Iterable[tuple[str, str]]) -> list[Pattern]:
    """The patterns of these contents (HTML, text) in their order; rows are made for new ones."""
    written = [f"{html}{BETWEEN}{text}".replace(BETWEEN, "\n") for html, text in texts]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in written]
    rows = [BodyPattern(digest=digest, text=text) for digest, text in zip(digests, written, strict=True)]
    BodyPattern.objects.bulk_create(sorted(rows, key=lambda row: row.digest), ignore_conflicts=True)
    keys = dict(BodyPattern.objects.filter(digest__in=digests).values_list("digest", "pk"))
    return [Pattern(keys[digest], Folder(text)) for digest, text in zip(digests, written, strict=True)]
