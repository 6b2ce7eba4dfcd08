"""``python -m reverie_server`` is ``reverie``."""

from __future__ import annotations

from reverie_server.cli import main

if __name__ == "__main__":
    main()
