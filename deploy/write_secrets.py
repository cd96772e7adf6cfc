"""
Writes the secrets of docker-compose.yml into a folder, one file each. What is there already stays as it is.

With the standard library alone: it runs before anything is installed.
"""

import base64
import secrets
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Write what is missing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    password = _kept(folder / "database_password", secrets.token_hex(24))
    _kept(folder / "database_url", f"postgresql://fulfillment:{password}@postgres/fulfillment")
    _kept(folder / "session_secret", secrets.token_urlsafe(48))
    for name in ("gateway_webhook_secret", "carrier_webhook_secret"):
        _kept(folder / name, f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")


def _kept(file: Path, fresh: str) -> str:
    """What the file holds, which is written where it is not there yet."""
    if not file.exists():
        file.write_text(f"{fresh}\n", encoding="ascii")
        # The accounts in the containers read it; its folder keeps the others of this machine out.
        file.chmod(0o644)
        sys.stdout.write(f"wrote {file}\n")
    return file.read_text(encoding="ascii").strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
