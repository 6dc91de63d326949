"""What is raised about keys at rest."""


class KeyFileError(Exception):
    """The key file, or what its keys are sealed under, cannot be used as it is; the text says what to do."""
