import pytest
from argon2 import PasswordHasher

from app.governance.passwords import PasswordError, Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_only_the_password_itself_matches() -> None:
    """The hash tells right from wrong and does not contain the password."""
    passwords = Passwords(CHEAP)
    hashed = passwords.hash("correct horse")
    assert passwords.matches(hashed, "correct horse")
    assert not passwords.matches(hashed, "correct horsf")
    assert "correct" not in hashed
    assert hashed != passwords.hash("correct horse")


def test_without_a_user_nothing_matches() -> None:
    """Not even the text of the stand-in hash, and a damaged hash is no key either."""
    passwords = Passwords(CHEAP)
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("not a hash", "correct horse")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1_001])
def test_the_length_is_limited(password: str) -> None:
    """The message tells the limits."""
    with pytest.raises(PasswordError, match=f"8 to 1000 characters.*{len(password)}"):
        Passwords(CHEAP).hash(password)


def test_the_default_cost_is_argon2id_and_a_cheap_hash_is_outdated() -> None:
    """Hashes made with weaker parameters are found, so that they can be replaced."""
    passwords = Passwords()
    assert passwords.hash("correct horse").startswith("$argon2id$")
    assert passwords.is_outdated(CHEAP.hash("correct horse"))
