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
        "brand_css": f"/brand/{store.slug}-{store.accent.strip('#')}-{store.accent_ink.strip('#')}.css",
    }
