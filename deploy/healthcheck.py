"""Exit 0 when the address answers 200: the image's HEALTHCHECK, without curl in the image.

Asks as one of the portal's own hosts, because Django refuses requests for others.
"""

import os
import sys
import urllib.request


def main(url: str) -> int:
    """0 when the portal at the address is ready, 1 when it answers anything else or nothing."""
    host = os.environ.get("PORTAL_ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(url, headers={"Host": host})  # noqa: S310 — from the image
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
