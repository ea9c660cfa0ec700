"""Recordings of pipes: files and sets of files, from which nothing is missing that came before the end.

`tape` makes rows of samples and puts them into a journal, which `csv_format`, `npz_format` and
`parquet_format` write and make the file of; `places` says where journals and files stand, `rotation` when the
next file begins. `replaying` reads them again. Never: a file under its final name that is not whole, or one
that is written over by another recording.
"""
