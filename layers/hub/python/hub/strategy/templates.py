"""Templates: texts with Liquid in them, filled from a customer's document when a message is made."""

from hub.strategy.model import Model


class Template(Model):
    """`html` and `text` are two renditions of the same; either may be missing ("")."""

    subject: str = ""
    html: str = ""
    text: str = ""
