"""Who calls: what a gateway key stands for."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Caller:
    """`key_id` names the gateway key without revealing it. An `admin` may use the console. `expires`, in Unix seconds,
    is when a key ends that was only lent.
    """

    key_id: str
    name: str
    organization: str = "default"
    admin: bool = False
    expires: float | None = None

    def is_over(self, now: float) -> bool:
        """Whether its key has ended; `now` is in Unix seconds."""
        return self.expires is not None and self.expires <= now


def hash_key(key: str) -> str:
    """SHA-256 of a gateway key, in hex: keys are random and long, so no salt or stretching is needed.

    The hash is what is stored and looked up; it never authenticates by itself, since it would be hashed again.
    """
    return sha256(key.encode()).hexdigest()
