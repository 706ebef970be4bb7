"""Keys derived from the one secret: people's pseudonyms, signatures, encrypted addresses.

A person is known only by a keyed hash (DESIGN.md, decision 9); what must be readable again (the chat that a notice goes
to) is encrypted with Fernet. Each purpose has a key of its own, derived with HMAC-SHA256.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from storage.settings import Settings


class Keyring:
    """All keys of an installation.

    Args:
        secrets_: the secrets, newest first; the first one signs, hashes and encrypts, the others still decrypt.
    """

    def __init__(self, secrets_: list[str]) -> None:
        if not secrets_:
            raise ValueError("a keyring needs at least one secret")
        self._secrets = [secret.encode() for secret in secrets_]
        self._fernet = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(self._derive(secret, "encrypt"))) for secret in self._secrets]
        )

    @staticmethod
    def _derive(secret: bytes, purpose: str) -> bytes:
        return hmac.new(secret, f"orienta:{purpose}".encode(), hashlib.sha256).digest()

    def person_key(self, channel: str, address: str) -> str:
        """The pseudonym of whoever writes from `address` on `channel`: the channel, a dash, 32 hex digits."""
        # The oldest secret stays the one for pseudonyms, so that rotation does not make everybody a stranger.
        key = self._derive(self._secrets[-1], "person")
        digest = hmac.new(key, f"{channel}:{address}".encode(), hashlib.sha256).hexdigest()
        return f"{channel}-{digest[:32]}"

    def sign(self, purpose: str, message: str, length: int = 8) -> str:
        """A URL-safe signature of `length` characters (6 bits each)."""
        digest = hmac.new(self._derive(self._secrets[0], purpose), message.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode()[:length]

    def verify(self, purpose: str, message: str, signature: str) -> bool:
        """Whether any of the secrets made this signature."""
        return any(
            hmac.compare_digest(
                Keyring([secret.decode()]).sign(purpose, message, len(signature)).encode(), signature.encode()
            )
            for secret in self._secrets
        )

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises ValueError when the token was not made with one of these secrets."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise ValueError("not encrypted with a secret of this installation") from error


def load_keyring(settings: Settings) -> Keyring:
    """The installation's keyring; without `ORIENTA_SECRET_KEY` one is made once and kept, readable to the owner only."""
    if settings.secret_key:
        return Keyring([key.strip() for key in settings.secret_key.split(",")])
    path = Path(settings.data_dir) / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secret.key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, path)  # fails when another process was first: its key counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return Keyring([path.read_text().strip()])
