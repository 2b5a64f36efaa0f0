"""News that mail providers bring of our letters: who may knock, and what they say in one shape for all of them."""

from messaging.news.packing import Packed, pack, unpack
from messaging.news.providers import PROVIDERS, Forged, NotSetUp, Provider
from messaging.news.reading import CONFUSED, Told, read_news

__all__ = ["CONFUSED", "PROVIDERS", "Forged", "NotSetUp", "Packed", "Provider", "Told", "pack", "read_news", "unpack"]
