"""maildesk: an email-driven help desk daemon. README.md tells how the parts fit together."""
