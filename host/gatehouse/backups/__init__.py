"""Backups of what the gatehouse knows and has recorded, and of its keys: never both in one file.

manifest.py      what is in an archive, and which archives are taken
data_archive.py  writing one while the gatehouse runs, and reading one without trusting it
data_restore.py  putting it in the place of the data folder
key_archive.py   the keys under a passphrase
key_restore.py   putting them in the place of the key file
"""
