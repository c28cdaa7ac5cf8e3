"""Fetching small documents from places that strangers name: keys, proofs, answers of issuers."""
