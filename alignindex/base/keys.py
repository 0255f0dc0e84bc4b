"""The names of the levels of a panel's index, and labels as text."""

KEYS = ("state", "partner", "year")


def label_text(label: object) -> str:
    """Write the label of an actor or a group: 2.0, as a column with gaps is read, is "2".

    Examples
    --------
    >>> label_text(2.0), label_text(2), label_text("RUS")
    ('2', '2', 'RUS')
    """
    return str(int(label) if isinstance(label, float) and label.is_integer() else label)
