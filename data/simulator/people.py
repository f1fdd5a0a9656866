"""The people at the clients: names, addresses on reserved domains, reserved phone numbers."""

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray


def _words(text: str) -> list[str]:
    return text.split()


_FIRST_NAMES = _words(
    "Aisha Alejandro Alice Amara Anders Anita Antoine Arjun Astrid Beatriz Ben Bruno Carla Chen "
    "Chloé Clara Dario Diego Elena Elif Emily Emma Erik Fatima Félix Fiona Frida George Giulia "
    "Hiro Hugo Ines Ingrid Isla Jack James Jin Joana John José Julia Kai Karen Kofi Lars Laura "
    "Léa Liam Lucas Lucía Maria Martin Maya Mei Miguel Mina Nadia Nina Noah Nora Olga Oliver Omar "
    "Oscar Paula Pedro Peter Rachel Raj René Rosa Ruth Sam Sara Sean Simone Søren Tara Theo Thomas "
    "Uma Vera Victor Wei William Yara Zoë"
)
_LAST_NAMES = _words(
    "Adams Adeyemi Ahmed Andersson Baker Banerjee Becker Bernard Blanc Brown Campbell Carter Cruz "
    "Davies Diaz Dubois Evans Fischer Flores Garcia Gomes Green Gupta Haas Hall Hansen Hernandez "
    "Hill Huang Hughes Ito Jackson Jensen Johnson Jones Kato Kaya Keller Khan Kim King Klein Kumar "
    "Larsen Lee Lewis Li Lopes Lopez Martin Mensah Meyer Miller Moore Moreau Nguyen Nielsen Novak "
    "Olsen Park Patel Pereira Perez Petit Phillips Pinto Ramos Reed Reyes Ricci Roberts Roux Russo "
    "Sanchez Santos Sato Schmidt Scott Shah Silva Simon Singh Smith Stewart Suzuki Taylor Torres "
    "Turner Vargas Wagner Walker Wang Weber White Wilson Wong Wood Wright Young Zhang"
)
GENDERS = ("female", "male", "other")


def contact_names(count: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """The main contact of each client; two clients may have namesakes."""
    first = rng.integers(0, len(_FIRST_NAMES), count).tolist()
    last = rng.integers(0, len(_LAST_NAMES), count).tolist()
    names = [f"{_FIRST_NAMES[i]} {_LAST_NAMES[j]}" for i, j in zip(first, last, strict=True)]
    return np.array(names, dtype=object)


def addresses(contacts: NDArray[np.object_], companies: NDArray[np.object_]) -> NDArray[np.object_]:
    """E-mail addresses under the reserved top-level domain `.example`."""
    mails = [
        f"{_ascii(contact, '.')}@{_ascii(company, '-')}.example"
        for contact, company in zip(contacts, companies, strict=True)
    ]
    return np.array(mails, dtype=object)


def phone_numbers(dial_codes: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.object_]:
    """Numbers with the fictional 555-01xx ending."""
    area = rng.integers(200, 990, len(dial_codes))
    line = rng.integers(0, 100, len(dial_codes))
    numbers = [
        f"+{code} {part} 555 01{end:02d}"
        for code, part, end in zip(dial_codes, area, line, strict=True)
    ]
    return np.array(numbers, dtype=object)


def _ascii(text: str, joint: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O"))
    return re.sub(r"[^a-z0-9]+", joint, plain.encode("ascii", "ignore").decode().lower())
