"""Who reacts to what, and who lends what to whom: all of it, in a few tables. config/apps.py hands them over."""


def hand_over() -> None:
    pass
