"""Mail formats: bytes to frozen values and back. Knows RFCs, not tickets, and does no I/O."""
