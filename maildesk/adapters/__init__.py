"""The only modules that touch the world: mail server, database, templates, child processes. No policy lives here."""
