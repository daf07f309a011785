from hub.errors import HubError


class LocalStackError(HubError):
    """The stack on this machine could not be started or kept running; the text says why and what to do."""
