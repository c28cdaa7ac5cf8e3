"""SSH keys and the signatures that they make over a text: formats and checks, sans IO.

Which bytes are a key or a signature is said here. Whether a signature fits is for
``server.people.signatures``, since that needs cryptography. Everything that is refused is a
ProtocolError with one of these codes:

    bad_key           these bytes, or this line, are no public key
    unknown_key_type  a key of a kind that is not taken: DSA, certificates of other makers, new ones
    certificate       a certificate or a ``cert-authority`` line: it speaks for other keys
    weak_key          a key that others can sign by: RSA under 2048 bits
    bad_sshsig        these bytes are no signature of the SSHSIG format
    weak_hash         a signature over SHA-1 or another hash than SHA-256 and SHA-512
    wrong_key         the signature says that it was made by another key
    no_presence       a security key signed without being touched
"""
