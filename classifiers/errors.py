"""What can be wrong with what a user gives to the classifiers."""


class ClassifierError(ValueError):
    """One line: where, what was found, what would be right."""


class SchemeError(ClassifierError):
    """A scheme file does not read as a scheme."""


class CorpusError(ClassifierError):
    """A corpus line does not read as a labelled text."""


class ModelError(ClassifierError):
    """A model file is missing, unreadable, or not made by `train`."""
