"""The store as pages draw it: its name, its contacts, its two colours."""

from orders.models import Store


def brand_of(store: Store) -> dict[str, str]:
    return {
        "name": store.name,
        "slug": store.slug,
        "url": store.url,
        "logo_url": store.logo_url,
        "support_email": store.support_email,
        "support_phone": store.support_phone,
        "brand_css": colours_css(store.accent, store.accent_ink, store.slug),
    }


def colours_css(accent: str, ink: str, name: str = "card") -> str:
    """The address of a stylesheet that holds these two colours (orders/views.py)."""
    return f"/brand/{name}-{accent.strip('#')}-{ink.strip('#')}.css"
