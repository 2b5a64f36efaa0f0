"""The backfill: past orders from a file, as history. Nothing is sent, and no journey starts.

A file falls into parts of five hundred orders. Each part is a transaction; two processes share the parts, and the job
notes them in their order, so that an import that was cut off goes on where it stopped, and no row is reported twice.
"""

from orders.imports.importing import import_orders

__all__ = ["import_orders"]
