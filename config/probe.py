"""``python config/probe.py``: exit code 0 when the web on port 8000 answers. The container's health check.

A file of its own that imports nothing of ours: it runs every 15 seconds.
"""

import http.client
import sys


def web_answers(port: int = 8000) -> bool:
    """Any answer below 500: the name "localhost" need not be one of ALLOWED_HOSTS, and then Django says 400."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if web_answers() else 1)
