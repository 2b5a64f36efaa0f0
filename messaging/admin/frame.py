"""How a mail is shown inside a page of ours."""

# A mail is somebody's HTML: no scripts, no forms, no frames, own styles, pictures from anywhere; an origin of its own.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["https:", "data:", "'self'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [],
}
