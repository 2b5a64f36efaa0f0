"""Reviews that were written elsewhere: six layouts of files, read row by row, shown as what they are.

Whatever the other side said about a buyer, a review from a file is "imported", never verified by us.
"""

from feedback.importing.layouts import LAYOUTS, Layout, layout_of
from feedback.importing.reading import RefusedRow, ReviewFile, ReviewSeen

__all__ = ["LAYOUTS", "Layout", "RefusedRow", "ReviewFile", "ReviewSeen", "layout_of"]
