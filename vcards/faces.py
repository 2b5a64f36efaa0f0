"""A card with everything that belongs to it, and what it says in a language: plain data for pages, mails and files."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from vcards import vcf
from vcards.contacts import Kind, is_counted, shown, spaced, target
from vcards.models import Card, CardText, Contact

SAID = ("first_name", "last_name", "role", "department", "about")
FILE_KINDS = {Kind.MOBILE: "cell", Kind.PHONE: "work", Kind.EMAIL: "email", Kind.SITE: "url"}


@dataclass(frozen=True, slots=True)
class Face:
    card: Card
    texts: dict[str, CardText]
    contacts: list[Contact]

    def said(self, language: str) -> dict[str, str]:
        """Name, role and the like; what a language leaves empty is said as on the card."""
        text = self.texts.get(language)
        return {name: (getattr(text, name) if text else "") or getattr(self.card, name) for name in SAID}

    def name(self, language: str) -> str:
        said = self.said(language)
        return f"{said['first_name']} {said['last_name']}".strip()

    def first(self, *kinds: str) -> str:
        return next((contact.value for kind in kinds for contact in self.contacts if contact.kind == kind), "")

    @property
    def phone(self) -> str:
        return self.first(Kind.MOBILE, Kind.PHONE)

    def block(self) -> dict[str, Any]:
        """For the order's page: every language, no more than it draws."""
        languages = self.card.design.languages or [self.card.design.language]
        return {
            "said": {code: self._short(code) for code in sorted({*languages, *self.texts, self.card.design.language})},
            "language": self.card.design.language,
            "phone": self.phone,
            "phone_shown": spaced(self.phone) if self.phone else "",
            "email": self.first(Kind.EMAIL),
            "photo": self.card.photo.digest[:12] if self.card.photo else "",
        }

    def _short(self, language: str) -> dict[str, str]:
        said = self.said(language)
        return {"name": self.name(language), "role": said["role"], "initials": self.initials(language)}

    def initials(self, language: str) -> str:
        return "".join(part[:1] for part in self.name(language).split()[:2]).upper()

    def ways(self) -> list[dict[str, str]]:
        """Contacts as the page draws them."""
        return [
            {
                "id": contact.pk,
                "kind": contact.kind,
                "label": contact.label or contact.get_kind_display(),
                "shown": shown(contact.kind, contact.value),
                "href": "" if is_counted(contact.kind) else target(contact.kind, contact.value),
            }
            for contact in self.contacts
        ]

    def to_vcard(self, language: str, note: str = "") -> vcf.VCard:
        card, said = self.card, self.said(language)
        return vcf.VCard(
            uid=f"urn:uuid:{card.uid}",
            revised=f"{card.updated_at:%Y-%m-%dT%H:%M:%SZ}",
            first_name=said["first_name"],
            last_name=said["last_name"],
            company=card.design.name,
            department=said["department"],
            role=said["role"],
            note=note,
            address=card.design.address,
            contacts=[_in_file(contact) for contact in self.contacts if contact.in_file],
            photo=bytes(card.photo.data) if card.photo else b"",
        )


def _in_file(contact: Contact) -> vcf.Contact:
    kind = FILE_KINDS.get(Kind(contact.kind))
    value = target(contact.kind, contact.value) if kind is None else contact.value
    return vcf.Contact(kind or str(contact.get_kind_display()), value, contact.label)


def with_parts(card_ids: Collection[int]) -> dict[int, Face]:
    """{card id: face}, in three queries for any number."""
    cards = Card.objects.filter(pk__in=card_ids).select_related("design__logo", "photo", "design__store")
    rows = cards.prefetch_related("texts", "contacts")
    return {card.pk: Face(card, {t.language: t for t in card.texts.all()}, list(card.contacts.all())) for card in rows}
