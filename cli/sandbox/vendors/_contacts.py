"""Contacts as Intercom keeps them: unique by external id, and among users by e-mail address."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from cli.sandbox.wire import Refused, State

Contact = dict[str, Any]
Fields = Mapping[str, Any]

_FIELDS = frozenset(
    {"role", "external_id", "email", "phone", "name", "avatar", "signed_up_at", "last_seen_at", "owner_id"}
    | {"unsubscribed_from_emails", "email_verified", "language_override", "custom_attributes"}
)


def contact_id(origin: str) -> str:
    """The id of a contact that was created with this external id, or, without one, this e-mail address."""
    return blake2b(origin.encode(), digest_size=12).hexdigest()


def bad(message: str) -> Refused:
    return Refused(400, message, "parameter_invalid")


class Contacts:
    def __init__(self, state: State) -> None:
        self._by_id: dict[str, Contact] = state.setdefault("contacts", {})

    def get(self, of_id: str) -> Contact:
        if of_id not in self._by_id:
            raise Refused(404, "User Not Found", "not_found")
        return self._by_id[of_id]

    def of_external_id(self, external_id: str) -> Contact:
        found = next((one for one in self._by_id.values() if one.get("external_id") == external_id), None)
        if found is None:
            raise Refused(404, "User Not Found", "not_found")
        return found

    def matching(self, query: Fields) -> list[Contact]:
        return [contact for contact in self._by_id.values() if _matches(contact, query)]

    def create(self, fields: Fields) -> Contact:
        _check(fields)
        if not (fields.get("email") or fields.get("external_id") or fields.get("role") == "lead"):
            raise bad("one of email, external_id, or role lead is needed")
        self._refuse_twins(fields, but="")
        fresh = {"type": "contact", "id": self._free_id(fields), "role": "user", "custom_attributes": {}}
        return self._keep(fresh, fields)

    def update(self, of_id: str, fields: Fields) -> Contact:
        _check(fields)
        contact = self.get(of_id)
        self._refuse_twins(fields, but=of_id)
        return self._keep(contact, fields)

    def delete(self, of_id: str) -> Contact:
        gone = self.get(of_id)
        del self._by_id[of_id]
        return gone

    def _keep(self, contact: Contact, fields: Fields) -> Contact:
        """Fields not named stay; custom attributes are merged, and null takes one away."""
        merged = {**contact.get("custom_attributes", {}), **(fields.get("custom_attributes") or {})}
        attributes = {name: value for name, value in merged.items() if value is not None}
        kept = {**contact, **fields, "custom_attributes": attributes}
        self._by_id[kept["id"]] = kept
        return kept

    def _refuse_twins(self, fields: Fields, but: str) -> None:
        for contact in self._by_id.values():
            same_id = fields.get("external_id") and fields["external_id"] == contact.get("external_id")
            users = "lead" not in (fields.get("role"), contact.get("role"))
            same_email = users and fields.get("email") and fields["email"] == contact.get("email")
            if contact["id"] != but and (same_id or same_email):
                problem = f"A contact matching those details already exists with id={contact['id']}"
                raise Refused(409, problem, "conflict")

    def _free_id(self, fields: Fields) -> str:
        """A lead may share its e-mail address with a user: then it gets another id."""
        count = len(self._by_id)
        wanted = contact_id(str(fields.get("external_id") or fields.get("email") or count))
        return wanted if wanted not in self._by_id else contact_id(f"{wanted}{count}")


def _check(fields: Fields) -> None:
    unknown = set(fields) - _FIELDS
    if unknown:
        raise bad(f"unknown fields: {', '.join(sorted(unknown))}")
    if any(isinstance(value, (dict, list)) for value in (fields.get("custom_attributes") or {}).values()):
        raise bad("custom_attributes are scalars")


def _matches(contact: Contact, query: Fields) -> bool:
    operator, value = query.get("operator"), query.get("value")
    if operator in ("AND", "OR") and isinstance(value, list):
        return (all if operator == "AND" else any)(_matches(contact, part) for part in value)
    if operator != "=":
        raise bad(f"operator {operator!r} is not known")
    return contact.get(str(query.get("field"))) == value
