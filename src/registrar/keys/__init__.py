"""Providers of key-encryption keys: of this process, of a file, of a token that keeps them."""
