"""Policy the admin writes in rules.yaml, compiled once and run on every mail.

`load` turns the written rules into values, `engine` runs them, `testing` runs the tests beside them, `schema` describes
them to editors. Used by `config` and `core`. Pure: no file, no clock, no YAML; what was written arrives as plain data.
"""
