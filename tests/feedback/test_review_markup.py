"""JSON-LD of product reviews, read back as a search engine reads it."""
