"""Identifiers in the form each family of vendors matches on, and their SHA-256.

Each function returns "" for what it cannot bring into form: the unusable is left out, never guessed.
"""

import hashlib
import re
import string

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_SPACE = re.compile(r"\s+")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_COUNTRY = re.compile(r"^[a-z]{2}$")
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")


def sha256_hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def plain_email(text: str) -> str:
    """Trimmed and lower-case: Meta, TikTok, Criteo, Pinterest, and every vendor that takes it unhashed."""
    email = text.strip().lower()
    return email if "@" in email else ""


def delivery_email(text: str) -> str:
    """To deliver to: the local part as typed, the domain in ASCII; ValueError where that is impossible."""
    local, _, domain = text.strip().rpartition("@")
    if not local or "." not in domain or not local.isascii() or _SPACE.search(local):
        raise ValueError("not a deliverable e-mail address")
    return f"{local}@{domain.lower().encode('idna').decode()}"


def google_email(text: str) -> str:
    """Google, DV360 and UID2: gmail's dots and +suffix tell nobody apart; googlemail.com stays as it is."""
    local, domain = _split(text)
    return f"{local.replace('.', '').partition('+')[0]}@{domain}" if domain in _GMAIL else plain_email(text)


def google_email_dots_only(text: str) -> str:
    """The older gmail rule (Google's own Python helper of 2025-12): only the dots go."""
    local, domain = _split(text)
    return f"{local.replace('.', '')}@{domain}" if domain in _GMAIL else plain_email(text)


def e164(text: str) -> str:
    """With the plus: Google, TikTok, UID2 and all messaging. The hub stores phones in this form already."""
    phone = re.sub(r"[\s().-]", "", text)
    return phone if _E164.match(phone) else ""


def digits_only(text: str) -> str:
    """Meta: E.164 without its plus."""
    return e164(text).removeprefix("+")


def bare_name(text: str) -> str:
    """Meta and Google: lower-case, without white space and ASCII punctuation; accents stay."""
    return _SPACE.sub("", text.lower()).translate(_PUNCTUATION)


def meta_city(text: str) -> str:
    """As names, without digits. Meta's own libraries differ on non-ASCII cities, so those are left out."""
    return re.sub(r"\d", "", bare_name(text)) if text.isascii() else ""


def meta_zip(text: str, country: str = "") -> str:
    """Lower-case without white space, cut at a hyphen; five digits in the US."""
    code = _SPACE.sub("", text.lower()).partition("-")[0]
    return code[:5] if iso_country(country) == "us" else code


def iso_country(text: str) -> str:
    """ISO 3166 alpha-2, lower-case."""
    country = text.strip().lower()
    return country if _COUNTRY.match(country) else ""


def _split(text: str) -> tuple[str, str]:
    local, _, domain = plain_email(text).rpartition("@")
    return local, domain
