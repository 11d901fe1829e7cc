"""The steps from an empty database to the present schema, one file each in `versions`, named `vNNNN_what.py`.

`adapters.store.migrate` runs them with Alembic; nothing else does. A released step is never edited.
"""
