"""Evidence packs: one signed file that shows how an answer came about, and is verified offline, without a model.

`container` is the file, `signing` its signature, `pack` writes one, `verify` checks one of a stranger's.
"""
