"""The end of a deployment: last head, signed receipt, keys, files, in that order."""
